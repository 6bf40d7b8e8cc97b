package wire

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// key consumes a key and its colon, and returns the key in lower case, like the documented ones.
func (r *Reader) key() []byte {
	if r.Kind() != '"' {
		r.malformed()
		return nil
	}
	start := r.pos + 1
	end := keyEnd(r.buf, start)
	if end+len(`":`) > len(r.buf) || r.buf[end] != '"' || r.buf[end+1] != ':' {
		return r.unusualKey()
	}
	if r.pos = end + len(`":`); r.pos < len(r.buf) && r.buf[r.pos] == ' ' {
		r.pos++ // skip the usual single space
	}
	return r.buf[start:end]
}

func (r *Reader) unusualKey() []byte {
	length, plain := r.scan()
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
	if plain {
		return []byte(strings.ToLower(string(key)))
	}
	return []byte(strings.ToLower(string(unescape(key))))
}

// quoted consumes a string and returns the bytes between the quotes, valid until the next read. plain reports that
// they contain no escapes.
func (r *Reader) quoted() (content []byte, plain bool) {
	length, plain := r.scan()
	if length == 0 {
		return nil, true
	}
	r.pos += length
	return r.buf[r.pos-length+1 : r.pos-1], plain
}

// scan returns the length of the next string, including quotes; 0 if it is malformed.
func (r *Reader) scan() (length int, plain bool) {
	plain = true
	for n := 1; ; {
		n = plainEnd(r.buf, r.pos+n) - r.pos
		switch c := r.at(n); {
		case c == '"':
			return n + 1, plain
		case c == '\\':
			plain = false
			n += r.escape(n + 1)
		case c >= utf8.RuneSelf:
			plain = false
			n++
		case c < ' ': // control character or end of input
			r.malformed()
		}
		if r.err != nil {
			return 0, false
		}
	}
}

// escape returns the length of the escape whose letter is at offset n.
func (r *Reader) escape(n int) int {
	switch r.at(n) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return len(`\n`)
	case 'u':
		for i := range 4 {
			if _, ok := hex(r.at(n + 1 + i)); !ok {
				r.malformed()
			}
		}
		return len(`\u0000`)
	default:
		r.malformed()
		return 0
	}
}

// unescape decodes a string that scan accepted, as encoding/json does.
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
			text = append(text, control(letter))
			continue
		}
		char := unit(content)
		content = content[4:]
		if utf16.IsSurrogate(char) {
			pair := utf8.RuneError
			if len(content) >= 6 && content[0] == '\\' && content[1] == 'u' {
				pair = utf16.DecodeRune(char, unit(content[2:]))
			}
			if char = pair; pair != utf8.RuneError {
				content = content[6:]
			}
		}
		text = utf8.AppendRune(text, char)
	}
	return text
}

func control(letter byte) byte {
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

// unit decodes four hexadecimal digits.
func unit(digits []byte) rune {
	var char rune
	for _, c := range digits[:4] {
		digit, _ := hex(c)
		char = char<<4 | digit
	}
	return char
}

func hex(c byte) (digit rune, ok bool) {
	switch {
	case isDigit(c):
		return rune(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	default:
		return 0, false
	}
}
