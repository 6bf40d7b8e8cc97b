package demo

import (
	"cmp"
	"strings"
)

// IsUTF8 reports whether the locale uses UTF-8. It assumes so if no locale is set.
func IsUTF8(system string, getenv func(string) string) bool {
	locale := strings.ToUpper(cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"), "UTF-8"))
	return system == "windows" || strings.Contains(locale, "UTF-8") || strings.Contains(locale, "UTF8")
}

// HasColors reports whether the terminal supports colors and NO_COLOR is not set.
func HasColors(system string, getenv func(string) string) bool {
	if getenv("NO_COLOR") != "" {
		return false
	}
	kind := getenv("TERM")
	isMonochrome := kind == "" || kind == "dumb" || strings.HasPrefix(kind, "vt") || strings.HasSuffix(kind, "-m")
	return system == "windows" || !isMonochrome
}
