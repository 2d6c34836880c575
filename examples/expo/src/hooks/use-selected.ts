import { createContext, useContext } from 'react';

/** Whether the tab of a screen is selected. An opened screen stays mounted while another tab is selected. */
export const SelectedContext = createContext(true);

export const useIsSelected = (): boolean => useContext(SelectedContext);
