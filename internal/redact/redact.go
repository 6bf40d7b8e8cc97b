// Package redact limits what may be shown of text from outside: no tokens, no QR codes, and a bounded length.
package redact

import (
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

const (
	placeholder = "[redacted]"

	// MaxText limits one text, in bytes.
	MaxText = 4 << 10
	// maxHeader limits a header, in bytes.
	maxHeader = 64 << 10
	// maxLine limits a text within an error's line, in runes.
	maxLine = 300
)

// Redactor hides the secrets of one call.
type Redactor struct {
	// Tokens are hidden if they are at least minToken long.
	Tokens []string
	// MayHoldQRCode reports that the response may hold a QR code: any link or long run of characters may be part of it.
	MayHoldQRCode bool
}

// Text hides the secrets in a text.
func (r *Redactor) Text(text string) string { return r.hide(text, false) }

// hide hides the secrets in a text. If the text is cut, it may end within a secret, which is hidden too.
func (r *Redactor) hide(text string, isCut bool) string {
	for _, token := range r.Tokens {
		text = hideToken(text, token, isCut)
	}
	if r.MayHoldQRCode || mayContainCode(text) {
		text = imagePattern.ReplaceAllString(text, placeholder)
		text = memberPattern.ReplaceAllString(text, "${1}${2}"+placeholder)
	}
	if r.MayHoldQRCode {
		text = linkPattern.ReplaceAllString(text, placeholder)
	}
	return text
}

// Start returns the start of a text, without secrets and limited to maxBytes. isCut reports that the text was already
// cut: like a text that is cut here, it may end within a secret, which is hidden too.
func (r *Redactor) Start(text string, maxBytes int, isCut bool) string {
	if len(text) > maxBytes {
		text, isCut = text[:maxBytes], true
	}
	text = r.hide(text, isCut)
	return text[:min(len(text), maxBytes)]
}

var (
	// imagePattern matches an image in a data URI, in base64 or in binary, and the text that a QR code encodes.
	imagePattern = regexp.MustCompile(`(?i:data:image)[^"<>]*|iVBORw0KGgo[^"<>]*|(?s:.?PNG\r\n\x1a\n.*)|[0-9](?:@|%40)(?:[A-Za-z0-9+/=,\\]|%[0-9A-Fa-f]{2}|&#?[0-9A-Za-z]+;){20,}`)
	// memberPattern matches a JSON member whose name starts with "qr".
	memberPattern = regexp.MustCompile(`(?i)("qr[a-z0-9_.-]*\\*"\s*:\s*)(?:(\\*")(?:[^"\\]|\\[^"])*|[\[{](?s:.*))`)
	// linkPattern matches a link or a long run of characters.
	linkPattern = regexp.MustCompile(`(?i:https?:)[^\s"<>]+|[^\s"<>]{64,}`)
)

// mayContainCode is a fast check before the slow expressions imagePattern and memberPattern.
func mayContainCode(text string) bool {
	const oneOfEachSign = "\":0\n@%"
	if !strings.ContainsAny(text, oneOfEachSign) { // the common case, without the allocation of ToLower
		return false
	}
	lower := strings.ToLower(text)
	for _, sign := range []string{`"qr`, "data:image", "ivborw0kggo", "png\r\n", "@", "%40"} {
		if strings.Contains(lower, sign) {
			return true
		}
	}
	return false
}

// Header returns a copy without secrets and cookies. Values are cut to MaxText bytes, and names beyond the total limit
// are dropped.
func (r *Redactor) Header(header http.Header) http.Header {
	redacted, bytesLeft := header.Clone(), maxHeader
	redacted.Del("Set-Cookie")
	for name, values := range redacted {
		size := len(name)
		for _, value := range values {
			size += 1 + min(len(value), MaxText)
		}
		if size > bytesLeft || r.Text(name) != name {
			delete(redacted, name)
			continue
		}
		bytesLeft -= size
		for i, value := range values {
			if values[i] = r.Start(value, MaxText, false); r.MayHoldQRCode && name == "Location" {
				values[i] = placeholder
			}
		}
	}
	return redacted
}

// OneLine makes text safe to print: one line, no control characters, at most 300 runes.
func OneLine(text string) string {
	printable := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(printable), " "))
	if len(runes) > maxLine {
		return string(runes[:maxLine]) + "…"
	}
	return string(runes)
}
