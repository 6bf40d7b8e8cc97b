package demo

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Control sequences of the terminal.
const (
	HideCursor = "\x1b[?25l"
	ShowCursor = "\x1b[?25h"
	ClearLine  = "\r\x1b[K"
	ClearBelow = "\r\x1b[J"
)

// Cut truncates a line so that it does not wrap.
func Cut(line string, columns int) string {
	used := 0
	for at, letter := range line {
		if used += cells(letter); used >= columns {
			return line[:at]
		}
	}
	return line
}

// cells returns the number of columns that a character takes.
func cells(letter rune) int {
	switch kind := width.LookupRune(letter).Kind(); {
	case unicode.In(letter, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

func cellsOf(text string) int {
	sum := 0
	for _, letter := range text {
		sum += cells(letter)
	}
	return sum
}

// Wrap breaks a text into lines between words, at most columns wide.
func Wrap(text string, columns int) string {
	var b strings.Builder
	used := 0
	for i, word := range strings.Fields(text) {
		needed := cellsOf(word)
		switch {
		case i == 0:
		case used+1+needed < columns:
			b.WriteByte(' ')
			used++
		default:
			b.WriteByte('\n')
			used = 0
		}
		b.WriteString(word)
		used += needed
	}
	return b.String() + "\n"
}
