// Loaded into the child processes of the bench, so that they end with their parent.
process.on('disconnect', () => process.exit());
process.channel?.unref();
