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

// ParseQRCode reads a code in any of the forms that servers use: an image as a data URI or as base64 alone, or an https
// link. The image is a PNG, or a JPEG or GIF, which becomes a PNG. The base64 may be standard or URL-safe, with or
// without padding and white space, and with spaces for its plus signs; the whole may be quoted or percent-encoded.
//
// An empty text is [ErrQRNotReady]. Anything else is an error, also an image that is damaged or of an absurd size. No error
// repeats the text.
func ParseQRCode(s string) (*QRCode, error) {
	if len(s) > maxQRText {
		return nil, fmt.Errorf("the QR code: %w", qrimage.ErrTooLarge)
	}
	s = unwrapQR(s)
	switch {
	case s == "":
		return nil, ErrQRNotReady
	case hasPrefixFold(s, "https:"):
		return parseQRLink(s)
	case strings.HasPrefix(s, "<"):
		return parseQRImage([]byte(s))
	case hasPrefixFold(s, "data:image/svg"):
		return nil, fmt.Errorf("the QR code: %w", qrimage.ErrSVG)
	case hasPrefixFold(s, "data:"):
		return nil, errors.New("the QR code's data URI is not base64")
	default:
		return parseQRBase64(s)
	}
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

func parseQRLink(s string) (*QRCode, error) {
	link, err := url.Parse(s)
	if err != nil || link.Host == "" {
		return nil, errors.New("the QR code's link cannot be parsed")
	}
	plain := link.String()
	return &QRCode{link: &plain}, nil
}

// parseQRBase64 reads spaces as white space, and as the plus signs that URL decoding took for them. The one reading that
// leaves an image is right.
func parseQRBase64(s string) (*QRCode, error) {
	code, err := decodeQR(s)
	if !strings.Contains(s, " ") {
		return code, err
	}
	for _, repaired := range []string{strings.ReplaceAll(s, " ", "+"), plusWithinLines(s)} {
		other, failed := decodeQR(repaired)
		switch {
		case failed != nil:
		case code == nil:
			code, err = other, nil
		case *code.png != *other.png:
			return nil, errDamaged
		}
	}
	return code, err
}

// plusWithinLines takes spaces around line breaks for indentation.
func plusWithinLines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.ReplaceAll(strings.TrimSpace(line), " ", "+"))
	}
	return b.String()
}

func decodeQR(s string) (*QRCode, error) {
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
		return nil, errNotPNG
	}
	return parseQRImage(file)
}

func parseQRImage(file []byte) (*QRCode, error) {
	png, err := qrimage.ToPNG(file)
	switch {
	case errors.Is(err, qrimage.ErrDamaged):
		return nil, errDamaged
	case err != nil:
		return nil, fmt.Errorf("the QR code: %w", err)
	}
	plain := string(png)
	return &QRCode{png: &plain}, nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
