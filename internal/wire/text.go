package wire

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// key reads a key and its colon, and returns the key in lower case, as all documented keys are. The key is valid until
// the next read.
func (r *Reader) key() []byte {
	if r.Kind() != '"' {
		r.malformed()
		return nil
	}
	start := r.pos + 1
	end := indexSpecialOrUpper(r.buf, start)
	if end+len(`":`) > len(r.buf) || r.buf[end] != '"' || r.buf[end+1] != ':' {
		return r.unusualKey()
	}
	if r.pos = end + len(`":`); r.pos < len(r.buf) && r.buf[r.pos] == ' ' {
		r.pos++ // skip the usual single space
	}
	return r.buf[start:end]
}

// unusualKey is key for one that has capitals, escapes or white space before the colon, or has not arrived completely.
func (r *Reader) unusualKey() []byte {
	length, verbatim := r.scan()
	if length == 0 {
		return nil
	}
	end := length
	for isSpace(r.at(end)) {
		end++
	}
	if r.at(end) != ':' {
		r.malformed()
		return nil
	}
	key := r.buf[r.pos+1 : r.pos+length-1]
	r.pos += end + 1
	if verbatim {
		return []byte(strings.ToLower(string(key)))
	}
	return []byte(strings.ToLower(string(unescape(key))))
}

// quoted reads a string and returns the bytes between the quotes, valid until the next read. verbatim reports that they
// are the text itself; otherwise unescape returns it.
func (r *Reader) quoted() (content []byte, verbatim bool) {
	length, verbatim := r.scan()
	if length == 0 {
		return nil, true
	}
	r.pos += length
	return r.buf[r.pos-length+1 : r.pos-1], verbatim
}

// scan returns the length of the next string, including quotes; 0 if it is malformed. It does not move. verbatim
// reports that the string has only ASCII characters and no escapes.
func (r *Reader) scan() (length int, verbatim bool) {
	verbatim = true
	for n := 1; ; {
		n = indexSpecial(r.buf, r.pos+n) - r.pos
		switch c := r.at(n); {
		case c == '"':
			return n + 1, verbatim
		case c == '\\':
			verbatim = false
			n += r.escapeLength(n + 1)
		case c >= utf8.RuneSelf:
			verbatim = false
			n++
		case c < ' ': // control character or end of input
			r.malformed()
		}
		if r.err != nil {
			return 0, false
		}
	}
}

// escapeLength returns the length of the escape whose letter is at offset n.
func (r *Reader) escapeLength(n int) int {
	switch r.at(n) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return len(`\n`)
	case 'u':
		for i := range 4 {
			if _, ok := hexDigit(r.at(n + 1 + i)); !ok {
				r.malformed()
			}
		}
		return len(`\u0000`)
	default:
		r.malformed()
		return 0
	}
}

// unescape decodes the content of a string that scan accepted, as encoding/json does.
func unescape(content []byte) []byte {
	text := make([]byte, 0, len(content))
	for len(content) > 0 {
		if content[0] != '\\' {
			char, size := utf8.DecodeRune(content)
			text = utf8.AppendRune(text, char)
			content = content[size:]
			continue
		}
		letter := content[1]
		content = content[2:]
		if letter != 'u' {
			text = append(text, controlCharacter(letter))
			continue
		}
		char := codeUnit(content)
		content = content[4:]
		if utf16.IsSurrogate(char) {
			pair := utf8.RuneError
			if len(content) >= 6 && content[0] == '\\' && content[1] == 'u' {
				pair = utf16.DecodeRune(char, codeUnit(content[2:]))
			}
			if char = pair; pair != utf8.RuneError {
				content = content[6:]
			}
		}
		text = utf8.AppendRune(text, char)
	}
	return text
}

// controlCharacter returns the character of a one-letter escape.
func controlCharacter(letter byte) byte {
	switch letter {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return letter
	}
}

// codeUnit decodes the four hexadecimal digits of a UTF-16 code unit.
func codeUnit(digits []byte) rune {
	var char rune
	for _, c := range digits[:4] {
		digit, _ := hexDigit(c)
		char = char<<4 | digit
	}
	return char
}

func hexDigit(c byte) (digit rune, ok bool) {
	switch {
	case isDigit(c):
		return rune(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	default:
		return 0, false
	}
}
