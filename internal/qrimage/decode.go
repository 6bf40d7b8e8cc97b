// Package qrimage turns what a server sends as a picture of a QR code into a PNG, finds the code's modules in it, and
// draws them in a terminal. It does not read the code: what matters is that a phone can.
package qrimage

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
)

// The bounds on what is decoded: far beyond any QR code, far below what hurts.
const (
	maxBytes  = 8 << 20   // of a file
	maxMemory = 128 << 20 // of its pixels, while they are decoded
	maxScans  = 64        // of a JPEG: each may visit all of its pixels
)

var (
	// ErrFormat means that the bytes are not an image of a known format.
	ErrFormat = errors.New("not a PNG, JPEG or GIF image")
	// ErrSVG is for the vector format, which the standard library cannot draw.
	ErrSVG = errors.New("an SVG image is not supported")
	// ErrWebP is for a format that the standard library cannot decode.
	ErrWebP = errors.New("a WebP image is not supported")
	// ErrDamaged means that a file begins like an image and cannot be drawn: it was cut or changed on its way.
	ErrDamaged = errors.New("the image is damaged")
	// ErrTooLarge means that the image has more bytes or pixels than a QR code can need.
	ErrTooLarge = errors.New("the image is too large")
)

// ToPNG returns the image as a PNG file. A PNG is returned as it is: its checksums are compared, its pixels not decoded. A
// JPEG, or the first frame of a GIF, is decoded and encoded again.
func ToPNG(file []byte) ([]byte, error) {
	if isPNG(file) {
		if err := check(file); err != nil {
			return nil, err
		}
		return file, nil
	}
	picture, err := Decode(file)
	if err != nil {
		return nil, err
	}
	var encoded bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&encoded, picture); err != nil {
		return nil, fmt.Errorf("encoding the image as PNG: %w", err)
	}
	if encoded.Len() > maxBytes {
		return nil, ErrTooLarge
	}
	return encoded.Bytes(), nil
}

// Decode decodes the pixels of a file that [ToPNG] takes. It refuses what would need too much memory before it does.
func Decode(file []byte) (image.Image, error) {
	if err := check(file); err != nil {
		return nil, err
	}
	var picture image.Image
	var err error
	switch {
	case isPNG(file):
		picture, err = png.Decode(bytes.NewReader(file))
	case isGIF(file):
		picture, err = gif.Decode(bytes.NewReader(file))
	default:
		picture, err = decodeJPEG(file)
	}
	if err != nil {
		return nil, ErrDamaged
	}
	return picture, nil
}

// decodeJPEG converts the pixels to RGB, which encodes much faster than JPEG's own colours.
func decodeJPEG(file []byte) (image.Image, error) {
	decoded, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if grey, ok := decoded.(*image.Gray); ok {
		return grey, nil
	}
	picture := image.NewRGBA(decoded.Bounds())
	draw.Draw(picture, picture.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	return picture, nil
}

func isPNG(file []byte) bool  { return bytes.HasPrefix(file, []byte(pngSignature)) }
func isGIF(file []byte) bool  { return bytes.HasPrefix(file, []byte("GIF8")) }
func isJPEG(file []byte) bool { return bytes.HasPrefix(file, []byte("\xff\xd8\xff")) }
func isWebP(file []byte) bool {
	return len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP"
}

func isSVG(file []byte) bool {
	text := bytes.ToLower(bytes.TrimSpace(file[:min(len(file), 1<<10)]))
	return bytes.HasPrefix(text, []byte("<")) && bytes.Contains(text, []byte("<svg"))
}

// check is all that can be told without decoding pixels: the format, a PNG's checksums, and the memory that they will take.
func check(file []byte) error {
	if len(file) > maxBytes {
		return ErrTooLarge
	}
	var config image.Config
	var err error
	var perPixel int // bytes
	switch {
	case isPNG(file):
		if err := checkChunks(file); err != nil {
			return err
		}
		if pngPixels(file) > maxMemory { // image/png calls this an overflow if int has 32 bits
			return ErrTooLarge
		}
		config, err = png.DecodeConfig(bytes.NewReader(file))
		perPixel = pngPixel(file, config.ColorModel)
	case isGIF(file):
		config, err = gif.DecodeConfig(bytes.NewReader(file))
		perPixel = 4 // a fourth suffices: a file of few bytes could have very many pixels to encode
	case isJPEG(file):
		config, err = jpeg.DecodeConfig(bytes.NewReader(file))
		perPixel = jpegPixel(file)
		if bytes.Count(file, []byte(jpegScan)) > maxScans {
			return ErrTooLarge
		}
	case isSVG(file):
		return ErrSVG
	case isWebP(file):
		return ErrWebP
	default:
		return ErrFormat
	}
	switch {
	case err != nil || config.Width < 1 || config.Height < 1:
		return ErrDamaged
	case config.Width > maxMemory/perPixel/config.Height:
		return fmt.Errorf("%w: %d by %d pixels", ErrTooLarge, config.Width, config.Height)
	default:
		return nil
	}
}

// pngPixel is the bytes of a decoded pixel; the passes of an interlaced image are held beside the whole.
func pngPixel(file []byte, model color.Model) int {
	const interlacing = len(pngSignature) + 20 // where the header names it
	perPixel := 1
	switch model {
	case color.RGBA64Model, color.NRGBA64Model:
		perPixel = 8
	case color.RGBAModel, color.NRGBAModel:
		perPixel = 4
	case color.Gray16Model:
		perPixel = 2
	}
	if file[interlacing] != 0 {
		perPixel *= 2
	}
	return perPixel
}

// Markers of JPEG that cannot occur within compressed pixels.
const (
	jpegProgressive = "\xff\xc2"
	jpegScan        = "\xff\xda"
)

// jpegPixel is the bytes of a pixel while it is decoded and converted: a progressive image also holds its coefficients.
func jpegPixel(file []byte) int {
	const converted, coefficients = 8, 16
	if bytes.Contains(file, []byte(jpegProgressive)) {
		return converted + coefficients
	}
	return converted
}
