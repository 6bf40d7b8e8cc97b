package redact

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

const (
	// minToken is the minimum length of a token that is hidden: a shorter one would also match parts of words.
	minToken = 4
	// A token of at least longToken bytes is recognized by its first prefixLength bytes.
	longToken, prefixLength = 24, 12
)

// hideToken hides a token wherever it occurs. Of a long token, it also hides every word that begins with the token's
// prefix. If the text is cut, it also hides a part of the token at its end. If the token occurs in escaped form, the
// whole text is hidden.
func hideToken(text, token string, isCut bool) string {
	if len(token) < minToken {
		return text
	}
	text = strings.ReplaceAll(text, token, placeholder)
	minMatch := len(token) // bytes of the token that suffice to recognize it
	if len(token) >= longToken {
		minMatch = prefixLength
		text = hideWords(text, token[:minMatch])
	}
	if isCut {
		text = hideEnd(text, token[:minMatch])
		minMatch = minToken
	}
	if !strings.ContainsAny(text, `\%&`) {
		return text
	}
	if unescaped := unescape(token); strings.Contains(unescape(text), unescaped[:min(len(unescaped), minMatch)]) {
		return placeholder
	}
	return text
}

// hideEnd hides a prefix of the token at the end of a text.
func hideEnd(text, token string) string {
	for length := min(len(text), len(token)); length >= minToken; length-- {
		if before, found := strings.CutSuffix(text, token[:length]); found {
			return before + placeholder
		}
	}
	return text
}

// hideWords hides every word from the prefix on, up to the next white space, quote or angle bracket.
func hideWords(text, prefix string) string {
	if !strings.Contains(text, prefix) {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, prefix)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(placeholder)
		end := strings.IndexAny(after, " \t\r\n\f\v\"<>")
		if end < 0 {
			return b.String()
		}
		text = after[end:]
	}
}

var escapePattern = regexp.MustCompile(`\\+u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\\+`)

// unescape undoes the escapes of JSON, URLs and HTML, even if nested. It drops other backslashes, because their number
// doubles with each escape.
func unescape(text string) string {
	const maxNesting = 8
	for range maxNesting {
		next := html.UnescapeString(escapePattern.ReplaceAllStringFunc(text, func(escape string) string {
			number, err := strconv.ParseUint(strings.TrimLeft(escape, `\u%`), 16, 16)
			if err != nil {
				return ""
			}
			return string(rune(uint16(number)))
		}))
		if next == text {
			break
		}
		text = next
	}
	return text
}
