// Package redact limits what may be shown of text from outside: no tokens, no QR codes, and a bounded length.
package redact

import (
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

const (
	mark = "[redacted]"

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
	// Code reports that the response is a QR code: any link or long run of characters may be part of it.
	Code bool
}

// Text hides the secrets in a text.
func (r *Redactor) Text(text string) string { return r.hide(text, false) }

func (r *Redactor) hide(text string, cut bool) string {
	for _, token := range r.Tokens {
		text = hideToken(text, token, cut)
	}
	if r.Code || mayHoldCode(text) {
		text = imageText.ReplaceAllString(text, mark)
		text = member.ReplaceAllString(text, "${1}${2}"+mark)
	}
	if r.Code {
		text = inCode.ReplaceAllString(text, mark)
	}
	return text
}

// Start returns the start of a text, without secrets and at most the given number of bytes. If the text is cut, here or
// before, it may end with the start of a secret, which is hidden too.
func (r *Redactor) Start(text string, most int, cut bool) string {
	if len(text) > most {
		text, cut = text[:most], true
	}
	text = r.hide(text, cut)
	return text[:min(len(text), most)]
}

// Patterns of a QR code: an image, an image as text, a JSON member named after it, and, if the response is a code, a
// link or a long run of characters.
var (
	imageText = regexp.MustCompile(`(?i:data:image)[^"<>]*|iVBORw0KGgo[^"<>]*|(?s:.?PNG\r\n\x1a\n.*)|[0-9](?:@|%40)(?:[A-Za-z0-9+/=,\\]|%[0-9A-Fa-f]{2}|&#?[0-9A-Za-z]+;){20,}`)
	member    = regexp.MustCompile(`(?i)("qr[a-z0-9_.-]*\\*"\s*:\s*)(?:(\\*")(?:[^"\\]|\\[^"])*|[\[{](?s:.*))`)
	inCode    = regexp.MustCompile(`(?i:https?:)[^\s"<>]+|[^\s"<>]{64,}`)
)

// mayHoldCode is a fast check before the slow expressions imageText and member.
func mayHoldCode(text string) bool {
	const oneInEachSign = "\":0\n@%"
	if !strings.ContainsAny(text, oneInEachSign) { // the common case, without the allocation of ToLower
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
	hidden, left := header.Clone(), maxHeader
	hidden.Del("Set-Cookie")
	for name, values := range hidden {
		size := len(name)
		for _, value := range values {
			size += 1 + min(len(value), MaxText)
		}
		if size > left || r.Text(name) != name {
			delete(hidden, name)
			continue
		}
		left -= size
		for i, value := range values {
			if values[i] = r.Start(value, MaxText, false); r.Code && name == "Location" {
				values[i] = mark
			}
		}
	}
	return hidden
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
