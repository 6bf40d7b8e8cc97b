// Package qrimage parses the text that a server sends for a QR code, converts the image to PNG, finds the modules of
// the code, and draws them in a terminal. It does not decode the QR code's contents.
//
// The terms are those of the QR standard: a module is one square of the code. A finder pattern is the large square in
// three of the corners. The timing patterns are the row and the column of alternating modules between them. The quiet
// zone is the light margin.
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

// Limits for decoding: far above any QR code, far below a problem for memory or time.
const (
	maxBytes  = 8 << 20   // of a file
	maxMemory = 128 << 20 // of its pixels, while they are decoded
	maxScans  = 64        // of a JPEG: each scan may visit all pixels
)

var (
	// ErrFormat means that the bytes are not in a known image format.
	ErrFormat = errors.New("not a PNG, JPEG or GIF image")
	// ErrSVG means an SVG image, which the standard library cannot draw.
	ErrSVG = errors.New("an SVG image is not supported")
	// ErrWebP means a WebP image, which the standard library cannot decode.
	ErrWebP = errors.New("a WebP image is not supported")
	// ErrDamaged means that the file starts like an image but cannot be decoded.
	ErrDamaged = errors.New("the image is damaged")
	// ErrTooLarge means that the image has more bytes or pixels than a QR code needs.
	ErrTooLarge = errors.New("the image is too large")
)

// ToPNG returns the image as a PNG file. A PNG is returned unchanged after its checksums are verified; its pixels are
// not decoded. A JPEG, or the first frame of a GIF, is converted.
func ToPNG(file []byte) ([]byte, error) {
	if isPNG(file) {
		if err := checkFile(file); err != nil {
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

// Decode decodes a file that [ToPNG] accepts. It rejects an image that needs too much memory before decoding it.
func Decode(file []byte) (image.Image, error) {
	if err := checkFile(file); err != nil {
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

// decodeJPEG converts the pixels to RGB, which encodes much faster than YCbCr.
func decodeJPEG(file []byte) (image.Image, error) {
	decoded, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if gray, ok := decoded.(*image.Gray); ok {
		return gray, nil
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

// checkFile verifies what is possible without decoding pixels: the format, a PNG's checksums, and the memory needed.
func checkFile(file []byte) error {
	if len(file) > maxBytes {
		return ErrTooLarge
	}
	var config image.Config
	var err error
	var bytesPerPixel int
	switch {
	case isPNG(file):
		if err := checkChunks(file); err != nil {
			return err
		}
		if pngPixels(file) > maxMemory { // image/png calls this an overflow if int has 32 bits
			return ErrTooLarge
		}
		config, err = png.DecodeConfig(bytes.NewReader(file))
		bytesPerPixel = pngBytesPerPixel(file, config.ColorModel)
	case isGIF(file):
		config, err = gif.DecodeConfig(bytes.NewReader(file))
		bytesPerPixel = 4 // one byte per pixel, counted as four: a tiny file could have a huge number of pixels
	case isJPEG(file):
		config, err = jpeg.DecodeConfig(bytes.NewReader(file))
		bytesPerPixel = jpegBytesPerPixel(file)
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
	case config.Width > maxMemory/bytesPerPixel/config.Height:
		return fmt.Errorf("%w: %d by %d pixels", ErrTooLarge, config.Width, config.Height)
	default:
		return nil
	}
}

// pngBytesPerPixel returns the memory for a decoded pixel. An interlaced image is held twice: as a whole and in passes.
func pngBytesPerPixel(file []byte, model color.Model) int {
	const interlacing = len(pngSignature) + 20 // offset in the header
	size := 1
	switch model {
	case color.RGBA64Model, color.NRGBA64Model:
		size = 8
	case color.RGBAModel, color.NRGBAModel:
		size = 4
	case color.Gray16Model:
		size = 2
	}
	if file[interlacing] != 0 {
		size *= 2
	}
	return size
}

// JPEG markers that cannot occur within compressed pixels.
const (
	jpegProgressive = "\xff\xc2"
	jpegScan        = "\xff\xda"
)

// jpegBytesPerPixel returns the memory for a pixel during decoding and conversion. A progressive image also holds
// coefficients.
func jpegBytesPerPixel(file []byte) int {
	const converted, coefficients = 8, 16
	if bytes.Contains(file, []byte(jpegProgressive)) {
		return converted + coefficients
	}
	return converted
}
