package redact

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

const (
	// minToken is the length from which a token is hidden: a shorter one would tear holes in plain words.
	minToken = 4
	// A token of at least longToken bytes is recognised by its first startToken.
	longToken, startToken = 24, 12
)

// hideToken replaces a token, of a long one its start up to a delimiter, and what a text that is cut has of one at its end. A
// text with a token that is escaped is hidden as a whole.
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

// hideEnd replaces the start of a token at the end of a text.
func hideEnd(text, token string) string {
	for length := min(len(text), len(token)); length >= minToken; length-- {
		if before, found := strings.CutSuffix(text, token[:length]); found {
			return before + mark
		}
	}
	return text
}

// hideWord replaces what begins so, up to a delimiter.
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

// unescape undoes what JSON, URLs and HTML escape, several times over. It leaves out backslashes that no code follows, for they
// double with each escape.
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
