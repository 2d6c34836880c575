/** Settings of the commands on this machine, which read them by themselves: the name, the default and the description. */
export const LOCAL_SETTINGS = [
  ['PORT', '`8000`', 'Port of `npm start`.'],
  [
    'HOST',
    'loopback',
    'IP address on which `npm start` listens. Use `0.0.0.0` for phones and containers; every device in the network can then reach it.',
  ],
  ['LATCHKEY_DATA_DIR', '`.latchkey`', 'Folder of the local data and its secret.'],
] as const;
