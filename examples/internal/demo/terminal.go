package demo

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
