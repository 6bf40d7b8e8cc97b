package wire

import "strings"

// ConnectedMessage is the normalized message of a QR request for a device that is already paired.
const ConnectedMessage = "device connected"

// Normalize prepares a message for comparison: lower case, single spaces, no full stop, no "already" or "is".
func Normalize(message string) string {
	words := strings.Fields(strings.ToLower(message))
	kept := words[:0]
	for _, word := range words {
		if word = strings.Trim(word, ".!"); word != "already" && word != "is" {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

// isPlainSuccess reports whether the message says no more than that the request succeeded.
func isPlainSuccess(message string) bool {
	if message == "OK" {
		return true
	}
	switch Normalize(message) {
	case "", "ok", "success":
		return true
	default:
		return false
	}
}

// isConnected reports whether the message is the one that means a failure although its code is 200.
func isConnected(message string) bool {
	return len(message) >= len(ConnectedMessage) && Normalize(message) == ConnectedMessage
}
