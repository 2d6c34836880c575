// Loaded before the framework, which counts a variable that is empty as set and lets no default take its place.
for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];
