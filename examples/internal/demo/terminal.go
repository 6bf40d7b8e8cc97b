package demo

import "strings"

// What a terminal is asked to do.
const (
	HideCursor = "\x1b[?25l"
	ShowCursor = "\x1b[?25h"
	ClearLine  = "\r\x1b[K"
	ClearBelow = "\r\x1b[J"
)

// Cut keeps a line from wrapping, which would shift what is drawn above it.
func Cut(line string, columns int) string {
	letters := []rune(line)
	return string(letters[:min(len(letters), max(columns-1, 0))])
}

// Wrap breaks a text into lines between words, where the terminal would break it without being seen to.
func Wrap(text string, columns int) string {
	var b strings.Builder
	used := 0
	for i, word := range strings.Fields(text) {
		width := len([]rune(word))
		switch {
		case i == 0:
		case used+1+width < columns:
			b.WriteByte(' ')
			used++
		default:
			b.WriteByte('\n')
			used = 0
		}
		b.WriteString(word)
		used += width
	}
	return b.String() + "\n"
}
