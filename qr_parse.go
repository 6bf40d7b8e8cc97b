package whatspie

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// maxQRText bounds what is decoded: a QR code of the largest version, drawn large, stays far below.
const maxQRText = 16 << 20

var (
	errNotPNG  = errors.New("the QR code is not a PNG, JPEG or GIF image")
	errDamaged = transientError("the QR code's image is damaged")
)

// parseQR returns either an image as a PNG file or a link.
func parseQR(s string) (png, link string, err error) {
	if len(s) > maxQRText {
		return "", "", fmt.Errorf("the QR code: %w", qrimage.ErrTooLarge)
	}
	s = unwrapQR(s)
	switch {
	case s == "":
		return "", "", ErrQRNotReady
	case hasPrefixFold(s, "https:"):
		link, err = parseQRLink(s)
	case strings.HasPrefix(s, "<"):
		png, err = parseQRImage([]byte(s))
	case hasPrefixFold(s, "data:image/svg"):
		return "", "", fmt.Errorf("the QR code: %w", qrimage.ErrSVG)
	case hasPrefixFold(s, "data:"):
		return "", "", errors.New("the QR code's data URI is not base64")
	default:
		png, err = parseQRBase64(s)
	}
	return png, link, err
}

// unwrapQR takes off what stands around base64 or a link: quotes, percent-encoding and the header of a data URI, all of
// which are also seen twice.
func unwrapQR(s string) string {
	const mostLayers = 8
	for range mostLayers {
		s = strings.TrimSpace(s)
		header, payload, hasHeader := strings.Cut(s, ",")
		switch {
		case hasPrefixFold(s, "https:"):
			return s
		case len(s) >= 2 && s[0] == s[len(s)-1] && strings.IndexByte("\"'`", s[0]) >= 0:
			s = unquoteQR(s)
		case hasHeader && hasSuffixFold(strings.TrimSpace(header), "base64"):
			s = payload
		case strings.Contains(s, "%"):
			plain, err := url.PathUnescape(s)
			if err != nil {
				return s
			}
			s = plain
		default:
			return s
		}
	}
	return s
}

// unquoteQR also undoes the escapes of JSON, which some servers encode twice.
func unquoteQR(s string) string {
	var plain string
	if json.Unmarshal([]byte(s), &plain) == nil {
		return plain
	}
	return s[1 : len(s)-1]
}

func parseQRLink(s string) (string, error) {
	link, err := url.Parse(s)
	if err != nil || link.Host == "" {
		return "", errors.New("the QR code's link cannot be parsed")
	}
	return link.String(), nil
}

// parseQRBase64 reads spaces as white space, and as the plus signs that URL decoding took for them. The one reading
// that leaves an image is right.
func parseQRBase64(s string) (string, error) {
	png, err := decodeQR(s)
	if !strings.Contains(s, " ") {
		return png, err
	}
	for _, repaired := range []string{strings.ReplaceAll(s, " ", "+"), plusWithinLines(s)} {
		other, failed := decodeQR(repaired)
		switch {
		case failed != nil:
		case err != nil:
			png, err = other, nil
		case png != other:
			return "", errDamaged
		}
	}
	return png, err
}

// plusWithinLines takes spaces around line breaks for indentation.
func plusWithinLines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.ReplaceAll(strings.TrimSpace(line), " ", "+"))
	}
	return b.String()
}

func decodeQR(s string) (string, error) {
	standard := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		default:
			return r
		}
	}, s)
	file, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(standard, "="))
	if err != nil {
		return "", errNotPNG
	}
	return parseQRImage(file)
}

func parseQRImage(file []byte) (string, error) {
	png, err := qrimage.ToPNG(file)
	switch {
	case errors.Is(err, qrimage.ErrDamaged):
		return "", errDamaged
	case err != nil:
		return "", fmt.Errorf("the QR code: %w", err)
	}
	return string(png), nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
