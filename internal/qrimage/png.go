package qrimage

import (
	"encoding/binary"
	"hash/crc32"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// checkChunks verifies the checksum of every chunk up to the last one. This detects a damaged or cut file at a fraction
// of the cost of decoding.
func checkChunks(file []byte) error {
	const overhead = 4 + 4 + 4 // length, name and checksum
	hasPixels := false
	for unread, isFirst := file[len(pngSignature):], true; len(unread) >= overhead; isFirst = false {
		length := int64(binary.BigEndian.Uint32(unread))
		if length > int64(len(unread)-overhead) {
			return ErrDamaged
		}
		end := 8 + int(length)
		name := string(unread[4:8])
		checksum := binary.BigEndian.Uint32(unread[end:])
		if crc32.ChecksumIEEE(unread[4:end]) != checksum || isFirst != (name == "IHDR") {
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
		unread = unread[end+4:]
	}
	return ErrDamaged
}

// pngPixels returns the number of pixels according to the header of a file that checkChunks has verified.
func pngPixels(file []byte) uint64 {
	const width, height = len(pngSignature) + 8, len(pngSignature) + 12
	return uint64(binary.BigEndian.Uint32(file[width:])) * uint64(binary.BigEndian.Uint32(file[height:]))
}
