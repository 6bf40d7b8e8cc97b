package redact

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// minToken is the length from which a token is hidden: a shorter one would tear holes in plain words.
	minToken = 4
	// A token of at least longToken bytes is recognised by its first startToken.
	longToken, startToken = 24, 12
)

// token is a secret as it is searched for: as it is, and without escapes, both in lower case.
type token struct{ forms [2]string }

func newToken(secret string) token {
	literal := asciiLower(secret)
	return token{[2]string{literal, unescape(literal).text}}
}

// span is a part of a text, from a byte to before another.
type span struct{ from, to int }

// hideTokens looks for each token in the text as it is and in the text without escapes: servers repeat a token as JSON, in a
// URL, in HTML, or several of these within one another.
func (r *Redactor) hideTokens(text, lower string, cut bool) string {
	views := [2]view{{text: lower}, unescape(lower)}
	var found []span
	for _, t := range r.tokens {
		found = views[0].find(found, t.forms[0], text, false)
		found = views[1].find(found, t.forms[1], text, cut)
	}
	if found == nil {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	end := 0
	for _, s := range found {
		if s.from >= end {
			b.WriteString(text[end:s.from] + mark)
		}
		end = max(end, s.to)
	}
	return b.String() + text[end:]
}

// view is a text, perhaps without its escapes.
type view struct {
	text string
	// origin has, for each byte of the text and for its end, where it comes from; nil if nothing was escaped.
	origin []int
}

func (v view) at(i int) int {
	if v.origin == nil {
		return i
	}
	return v.origin[i]
}

const space = " \t\r\n\f\v"

// find appends where the token is; of a long one, its start up to a delimiter; at the end of a text that was cut, its first
// bytes.
func (v view) find(found []span, form, original string, cut bool) []span {
	if len(form) < minToken {
		return found
	}
	rest := strings.LastIndexAny(v.text, space) + 1
	for from := range occurrences(v.text, form) {
		rest = max(rest, from+len(form))
		found = append(found, span{v.at(from), v.at(from + len(form))})
	}
	if len(form) >= longToken {
		end := 0
		for from := range occurrences(v.text, form[:startToken]) {
			if v.at(from) < end || strings.HasPrefix(v.text[from:], form) {
				continue
			}
			end = v.at(from + startToken)
			if length := strings.IndexAny(original[end:], space+`"<>`); length >= 0 {
				end += length
			} else {
				end = len(original)
			}
			found = append(found, span{v.at(from), end})
		}
	}
	if begin := strings.Index(v.text[rest:], form[:minToken]); cut && begin >= 0 {
		found = append(found, span{v.at(rest + begin), len(original)})
	}
	return found
}

// occurrences yields where part begins in text, without overlap.
func occurrences(text, part string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for from := 0; ; from += len(part) {
			next := strings.Index(text[from:], part)
			if from += next; next < 0 || !yield(from) {
				return
			}
		}
	}
}

// maxEscapes is how many escapes within one another are undone.
const maxEscapes = 8

// unescape undoes the escapes of JSON, URLs and HTML, also of characters that need none.
func unescape(lower string) view {
	v := view{text: lower}
	for range maxEscapes {
		if !strings.ContainsAny(v.text, `\%&`) {
			break
		}
		once, changed := v.unescapeOnce()
		if !changed {
			break
		}
		v = once
	}
	return v
}

func (v view) unescapeOnce() (view, bool) {
	text := make([]byte, 0, len(v.text))
	origin := make([]int, 0, len(v.text)+1)
	changed := false
	for i := 0; i < len(v.text); {
		plain, size := unescaped(v.text[i:])
		for range len(plain) {
			origin = append(origin, v.at(i))
		}
		text = append(text, plain...)
		changed = changed || size != len(plain)
		i += size
	}
	return view{string(text), append(origin, v.at(len(v.text)))}, changed
}

// unescaped returns the first character of a text, in lower case, and how many bytes it takes. A backslash is left out unless a code
// follows: `\\` and `\"` are the same text escaped once and twice.
func unescaped(text string) (plain string, size int) {
	switch text[0] {
	case '\\':
		run := len(text) - len(strings.TrimLeft(text, `\`))
		if rest := text[run:]; strings.HasPrefix(rest, "u") {
			if code, ok := hexCode(rest[1:], 4); ok {
				return code, run + 5
			}
		}
		if run == len(text) {
			return "", run
		}
		return text[run : run+1], run + 1
	case '%':
		if code, ok := hexCode(text[1:], 2); ok {
			return code, 3
		}
	case '&':
		const longest = 40 // of HTML's names
		if end := strings.IndexByte(text[:min(len(text), longest)], ';'); end > 0 {
			if code := html.UnescapeString(text[:end+1]); code == ";" || !strings.HasSuffix(code, ";") {
				return asciiLower(code), end + 1
			}
		}
	}
	return text[:1], 1
}

// hexCode reads the character whose code is the given number of hexadecimal digits.
func hexCode(text string, digits int) (string, bool) {
	if len(text) < digits {
		return "", false
	}
	code, err := strconv.ParseUint(text[:digits], 16, 32)
	if err != nil {
		return "", false
	}
	return asciiLower(string(utf8.AppendRune(nil, rune(code)))), true
}

// asciiLower leaves all other letters alone: their lower case may have another length.
func asciiLower(text string) string {
	if !strings.ContainsAny(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return text
	}
	lower := []byte(text)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + ('a' - 'A')
		}
	}
	return string(lower)
}
