package qrimage

import (
	"encoding/binary"
	"hash/crc32"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// checkChunks verifies the checksum of every chunk up to the last one. This detects a damaged or cut file at a fraction
// of the cost of decoding.
func checkChunks(file []byte) error {
	const around = 4 + 4 + 4 // length, name and checksum
	hasPixels := false
	for rest, first := file[len(pngSignature):], true; len(rest) >= around; first = false {
		length := int64(binary.BigEndian.Uint32(rest))
		if length > int64(len(rest)-around) {
			return ErrDamaged
		}
		end := 8 + int(length)
		name := string(rest[4:8])
		if crc32.ChecksumIEEE(rest[4:end]) != binary.BigEndian.Uint32(rest[end:]) || first != (name == "IHDR") {
			return ErrDamaged
		}
		switch name {
		case "IDAT":
			hasPixels = true
		case "IEND":
			if !hasPixels {
				return ErrDamaged
			}
			return nil
		}
		rest = rest[end+4:]
	}
	return ErrDamaged
}

// pngPixels returns the number of pixels that the header of a checked file announces.
func pngPixels(file []byte) uint64 {
	const width, height = len(pngSignature) + 8, len(pngSignature) + 12
	return uint64(binary.BigEndian.Uint32(file[width:])) * uint64(binary.BigEndian.Uint32(file[height:]))
}
