package whatspie

import (
	"strings"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// isQR knows the calls whose answers are credentials.
func isQR(path string) bool {
	return strings.HasSuffix(strings.ToLower(transport.Decoded(transport.Decoded(transport.PathOnly(path)))), "/qr")
}

// oneLine makes foreign text safe to print: no control characters, one line, bounded.
func oneLine(text string) string {
	const longest = 300
	printable := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(printable), " "))
	if len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return string(runes)
}
