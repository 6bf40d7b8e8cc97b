package transport

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// CheckPath rejects a path that a server, or a proxy that decodes once more than the server, could route to another
// endpoint. Its errors do not contain the path, because the query may hold a secret.
func CheckPath(pathAndQuery string) error {
	path, query, _ := strings.Cut(pathAndQuery, "?")
	switch {
	case !strings.HasPrefix(pathAndQuery, "/"):
		return errors.New("the path does not start with a slash")
	case strings.Contains(pathAndQuery, "#") || strings.ContainsFunc(pathAndQuery, isUnprintable):
		return errors.New("the path has a fragment or a character in it that must be escaped")
	}
	decoded := path
	for range 3 { // as sent, decoded once, and decoded twice
		if strings.ContainsFunc(decoded, isControlOrBackslash) {
			return errors.New("the path has a control character or a backslash in it")
		}
		for segment := range strings.SplitSeq(decoded[1:], "/") {
			switch segment {
			case "":
				return errors.New("the path has an empty segment")
			case ".", "..":
				return errors.New("the path has a dot segment")
			}
		}
		if !strings.Contains(decoded, "%") {
			break
		}
		decoded = Decoded(decoded)
	}
	if strings.ContainsFunc(Decoded(Decoded(query)), unicode.IsControl) {
		return errors.New("the query has a control character in it")
	}
	return checkEscapes(path)
}

// checkEscapes rejects a path that net/url would encode again: an escaped slash would become a plain one.
func checkEscapes(path string) error {
	if !strings.ContainsFunc(path, isReserved) {
		return nil
	}
	if parsed, err := url.ParseRequestURI(path); err != nil || parsed.EscapedPath() != path {
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

// PathOnly removes the query.
func PathOnly(pathAndQuery string) string {
	path, _, _ := strings.Cut(pathAndQuery, "?")
	return path
}

func isUnprintable(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }

func isControlOrBackslash(r rune) bool { return unicode.IsControl(r) || r == '\\' }

func isReserved(r rune) bool {
	isLetter := 'a' <= r|0x20 && r|0x20 <= 'z'
	return !isLetter && !strings.ContainsRune("0123456789-._~/", r)
}
