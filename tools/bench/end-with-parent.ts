// Loaded into the processes of a bench: none of them outlives the one that wants it.
process.on('disconnect', () => process.exit());
process.channel?.unref();
