package wiretest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
	"rsc.io/qr"
)

// TinyPNG returns an image of one pixel.
func TinyPNG(tb testing.TB) []byte {
	tb.Helper()
	var file bytes.Buffer
	require.NoError(tb, png.Encode(&file, image.NewGray(image.Rect(0, 0, 1, 1))))
	return file.Bytes()
}

// LargePNG returns an image whose header declares 2^30 pixels.
func LargePNG(tb testing.TB) []byte {
	tb.Helper()
	file := TinyPNG(tb)
	binary.BigEndian.PutUint32(file[16:], 1<<15)
	binary.BigEndian.PutUint32(file[20:], 1<<15)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

// QRDataURI returns [QRPNG] as a data URI.
func QRDataURI(tb testing.TB) string {
	tb.Helper()
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(QRPNG(tb))
}

// QRBody returns the response to a QR request.
func QRBody(tb testing.TB) string {
	tb.Helper()
	return `{"status":200,"message":"OK","data":{"qr":"` + QRDataURI(tb) + `"}}`
}

// QRPayload is the content of [QRPNG].
const QRPayload = "2@pairing"

// QRPNG returns an image of a QR code.
func QRPNG(tb testing.TB) []byte {
	tb.Helper()
	code, err := qr.Encode(QRPayload, qr.L)
	require.NoError(tb, err)
	file := code.PNG()
	_, err = png.Decode(bytes.NewReader(file))
	require.NoError(tb, err)
	return file
}
