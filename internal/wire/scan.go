package wire

import (
	"encoding/binary"
	"math/bits"
)

// JSON is scanned eight bytes at a time, as a little-endian word. The result of a match has the high bit of each byte
// that matches. Only the lowest match is exact, because a subtraction may borrow from the bytes above.
const (
	each = 0x0101010101010101 // multiplied by a byte: that byte in all eight places
	high = 0x8080808080808080
)

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// special matches the bytes that are not copied as they are from a string: quotes, backslashes, control characters and
// non-ASCII bytes.
func special(w uint64) uint64 {
	return ((w - each*' ') | (w ^ each*'"' - each) | (w ^ each*'\\' - each) | w) & high
}

// upper matches ASCII capital letters.
func upper(w uint64) uint64 { return (w + each*(0x80-'A')) &^ (w + each*(0x80-'Z'-1)) & high }

// indexSpecial returns the index of the first special byte from i on.
func indexSpecial(b []byte, i int) int {
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

// indexSpecialOrUpper returns the index of the first special byte or capital letter from i on.
func indexSpecialOrUpper(b []byte, i int) int {
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

// indexNonSpace returns the index of the first byte from i on that is not white space.
func indexNonSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		for i++; i+8 <= len(b) && word(b[i:]) == each*' '; {
			i += 8
		}
	}
	return i
}

func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r') }
