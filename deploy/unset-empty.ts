// Loaded before the framework, which treats an empty variable as set and does not apply the default.
for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];
