package transport

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// CheckPath rejects a path that a server, or a proxy that decodes once more than the server, could route to another
// endpoint. Its errors do not contain the path, because the query may hold a secret.
func CheckPath(path string) error {
	before, query, _ := strings.Cut(path, "?")
	switch {
	case !strings.HasPrefix(path, "/"):
		return errors.New("the path does not start with a slash")
	case strings.Contains(path, "#") || strings.ContainsFunc(path, isUnprintable):
		return errors.New("the path has a fragment or a character in it that must be escaped")
	}
	plain := before
	for range 3 { // as sent, decoded once, and decoded twice
		if strings.ContainsFunc(plain, isControlOrBackslash) {
			return errors.New("the path has a control character or a backslash in it")
		}
		for segment := range strings.SplitSeq(plain[1:], "/") {
			switch segment {
			case "":
				return errors.New("the path has an empty segment")
			case ".", "..":
				return errors.New("the path has a dot segment")
			}
		}
		if !strings.Contains(plain, "%") {
			break
		}
		plain = Decoded(plain)
	}
	if strings.ContainsFunc(Decoded(Decoded(query)), unicode.IsControl) {
		return errors.New("the query has a control character in it")
	}
	return checkEscapes(before)
}

// checkEscapes rejects a path that net/url would re-encode, which would turn an escaped slash into a plain one.
func checkEscapes(before string) error {
	if !strings.ContainsFunc(before, isReserved) {
		return nil
	}
	if sent, err := url.ParseRequestURI(before); err != nil || sent.EscapedPath() != before {
		return errors.New("the path has a broken escape or a character in it that must be escaped")
	}
	return nil
}

// Decoded undoes percent-encoding once. Malformed text is returned unchanged.
func Decoded(text string) string {
	if decoded, err := url.PathUnescape(text); err == nil {
		return decoded
	}
	return text
}

// PathOnly returns the path without its query.
func PathOnly(path string) string {
	before, _, _ := strings.Cut(path, "?")
	return before
}

func isUnprintable(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }

func isControlOrBackslash(r rune) bool { return unicode.IsControl(r) || r == '\\' }

func isReserved(r rune) bool {
	letter := 'a' <= r|0x20 && r|0x20 <= 'z'
	return !letter && !strings.ContainsRune("0123456789-._~/", r)
}
