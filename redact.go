package whatspie

import (
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// isQR knows the calls whose answers are credentials.
func isQR(request transport.Request) bool {
	return strings.HasSuffix(strings.ToLower(unescaped(transport.PathOnly(request.Path))), "/qr")
}

// imageText matches an image as text, whatever the call: the answer to a creation may hold a QR code too.
var imageText = regexp.MustCompile(`(?i:data:image)[^"<>]*|iVBORw0KGgo[^"<>]*`)

// longRun matches what could be a code in the middle of prose.
var longRun = regexp.MustCompile(`[^\s"<>]{64,}`)

// hider returns what takes the secrets out of a text of this call.
func hider(request transport.Request, result transport.Result) func(string) string {
	return func(text string) string {
		text = imageText.ReplaceAllString(transport.Redact(text, result.Tokens), "[redacted]")
		if isQR(request) {
			text = longRun.ReplaceAllString(text, "[redacted]")
		}
		return text
	}
}

func hideHeader(header http.Header, hide func(string) string) http.Header {
	hidden := header.Clone()
	hidden.Del("Set-Cookie")
	for _, values := range hidden {
		for i, value := range values {
			values[i] = hide(value)
		}
	}
	return hidden
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
