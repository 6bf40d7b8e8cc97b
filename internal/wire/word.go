package wire

import (
	"encoding/binary"
	"math/bits"
)

// JSON is looked at eight bytes at a time: in a word made of them, the high bit of a byte tells that it is found. Only the
// lowest such bit can be relied on, for a subtraction borrows from the bytes above.
const (
	each = 0x0101010101010101
	high = 0x8080808080808080
)

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// special finds what does not stand for itself in a string: quotes, backslashes, control characters, and all but ASCII.
func special(w uint64) uint64 {
	return ((w - each*' ') | (w ^ each*'"' - each) | (w ^ each*'\\' - each) | w) & high
}

// upper finds capital letters among ASCII.
func upper(w uint64) uint64 { return (w + each*(0x80-'A')) &^ (w + each*(0x80-'Z'-1)) & high }

// plainEnd is where the first byte from i on stands that is special.
func plainEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if found := special(word(b[i:])); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && special(uint64(b[i]))&0x80 == 0 {
		i++
	}
	return i
}

// keyEnd is where the first byte from i on stands that is special or a capital letter.
func keyEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		w := word(b[i:])
		if found := special(w) | upper(w); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(b) && (special(uint64(b[i]))|upper(uint64(b[i])))&0x80 == 0 {
		i++
	}
	return i
}

// spaceEnd is where the first byte from i on stands that is no white space.
func spaceEnd(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		for i++; i+8 <= len(b) && word(b[i:]) == each*' '; {
			i += 8
		}
	}
	return i
}

func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r') }
