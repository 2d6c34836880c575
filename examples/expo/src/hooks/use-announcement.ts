import { useEffect } from 'react';
import { AccessibilityInfo, Platform } from 'react-native';

/** Makes VoiceOver announce a message when it appears: iOS has no live regions. */
export function useAnnouncement(message: string | undefined): void {
  useEffect(() => {
    if (message !== undefined && Platform.OS === 'ios') AccessibilityInfo.announceForAccessibility(message);
  }, [message]);
}
