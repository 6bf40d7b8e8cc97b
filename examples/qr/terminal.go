package main

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"

	"github.com/whatspie-go/whatspie"
)

// show draws the code as large as the terminal allows, or serves the pairing page if it does not fit.
func show(ctx context.Context, client *whatspie.Client, id int64, code *whatspie.QRCode) error {
	columns, rows, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil { // not a terminal, so the size is unlimited
		return code.WriteTerminal(os.Stdout)
	}
	fits := func(width, height int, err error) bool { return err == nil && width <= columns && height < rows }
	switch {
	case isUTF8() && fits(code.TerminalSize()):
		return code.WriteTerminal(os.Stdout)
	case isUTF8() && fits(code.TerminalSizeCompact()):
		return code.WriteTerminalCompact(os.Stdout)
	default:
		return servePage(ctx, client, id)
	}
}

// isUTF8 reports whether the locale uses UTF-8. It assumes so if no locale is set.
func isUTF8() bool {
	locale := strings.ToUpper(cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"), "UTF-8"))
	return runtime.GOOS == "windows" || strings.Contains(locale, "UTF-8") || strings.Contains(locale, "UTF8")
}
