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
	// A token of at least longToken bytes is recognised by its first startToken bytes.
	longToken, startToken = 24, 12
)

// hideToken hides a token, or for a long one its first bytes up to a delimiter, and a part of it at the end of a cut
// text. If the token occurs in escaped form, the whole text is hidden.
func hideToken(text, token string, cut bool) string {
	if len(token) < minToken {
		return text
	}
	text, known := strings.ReplaceAll(text, token, mark), len(token)
	if len(token) >= longToken {
		known = startToken
		text = hideWord(text, token[:known])
	}
	if cut {
		text = hideEnd(text, token[:known])
		known = minToken
	}
	if !strings.ContainsAny(text, `\%&`) {
		return text
	}
	if plain := unescape(token); strings.Contains(unescape(text), plain[:min(len(plain), known)]) {
		return mark
	}
	return text
}

// hideEnd hides a prefix of the token at the end of a text.
func hideEnd(text, token string) string {
	for length := min(len(text), len(token)); length >= minToken; length-- {
		if before, found := strings.CutSuffix(text, token[:length]); found {
			return before + mark
		}
	}
	return text
}

// hideWord hides every word that begins with start.
func hideWord(text, start string) string {
	if !strings.Contains(text, start) {
		return text
	}
	var shown strings.Builder
	for {
		before, after, found := strings.Cut(text, start)
		shown.WriteString(before)
		if !found {
			return shown.String()
		}
		shown.WriteString(mark)
		end := strings.IndexAny(after, " \t\r\n\f\v\"<>")
		if end < 0 {
			return shown.String()
		}
		text = after[end:]
	}
}

var escape = regexp.MustCompile(`\\+u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\\+`)

// unescape undoes the escapes of JSON, URLs and HTML, even if nested. It drops other backslashes, because they double
// with each escape.
func unescape(text string) string {
	const most = 8
	for range most {
		next := html.UnescapeString(escape.ReplaceAllStringFunc(text, func(code string) string {
			number, err := strconv.ParseUint(strings.TrimLeft(code, `\u%`), 16, 16)
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
