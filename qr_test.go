package whatspie_test

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestQR_sendsDocumentedRequest(t *testing.T) {
	t.Parallel()
	client, mock := wiretest.NewMockClient(t)
	mock.RegisterResponder(http.MethodGet, "https://api.whatspie.com/devices/7/qr?response_type=url",
		httpmock.NewStringResponder(200, wiretest.QRBody(t)))
	code, err := client.Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, wiretest.QRPNG(t), code.PNG())
}

func TestQR_retriesWhileNotReady(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty code":            `{"status":200,"message":"OK","data":{"qr":""}}`,
		"blank code":            `{"status":200,"data":{"qr":" "}}`,
		"null code":             `{"status":200,"data":{"qr":null}}`,
		"data URI without data": `{"status":200,"data":{"qr":"data:image/png;base64,"}}`,
		"null data":             `{"status":200,"data":null}`,
		"no data":               `{"status":200,"message":"OK"}`,
		"empty object":          `{"status":200,"data":{}}`,
		"empty array":           `{"status":200,"data":[]}`,
		"empty string as data":  `{"status":200,"data":""}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				notReady := wiretest.OK(body)
				s := wiretest.NewScript(notReady, notReady, notReady, wiretest.OK(wiretest.QRBody(t)))
				code, err := s.Client(t).Devices.QR(t.Context(), 7)
				require.NoError(t, err)
				assert.NotEmpty(t, code.PNG())
				assert.Len(t, s.Requests(), 4)

				s = wiretest.NewScript(notReady)
				code, err = s.Client(t).Devices.QR(t.Context(), 7)
				wiretest.AssertSentinels(t, err, whatspie.ErrQRNotReady)
				assert.Nil(t, code)
				assert.True(t, wiretest.APIError(t, err).Retryable())
				assert.EqualError(t, err, "whatspie: GET /devices/7/qr: 200 OK: QR code not ready (4 attempts)")
			})
		})
	}
}

func TestQR_retriesGenerationFailure(t *testing.T) {
	t.Parallel()
	failed := wiretest.Reply{Status: 500, Body: wiretest.Fixture(t, "get_qr_generation_failed_500.json")}
	s := wiretest.NewScript(failed, failed, wiretest.OK(wiretest.QRBody(t)))
	_, err := s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Len(t, s.Requests(), 3)
}

func TestQR_retriesDamagedImage(t *testing.T) {
	t.Parallel()
	damaged := wiretest.OK(`{"data":{"qr":"` + wiretest.QRDataURI(t)[:200] + `"}}`)
	s := wiretest.NewScript(damaged, damaged, wiretest.OK(wiretest.QRBody(t)))
	code, err := s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, wiretest.QRPNG(t), code.PNG())
	assert.Len(t, s.Requests(), 3)

	s = wiretest.NewScript(damaged)
	code, err = s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	assert.Nil(t, code)
	assert.True(t, wiretest.APIError(t, err).Retryable())
	assert.Empty(t, wiretest.APIError(t, err).Body, "the body may be a credential")
}

func TestQR_doesNotRetryForConnectedDevice(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_qr_already_connected_200.json")))
	code, err := s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrDeviceConnected)
	assert.Nil(t, code)
	assert.Len(t, s.Requests(), 1)
}

func TestQRCode_nilOrEmpty(t *testing.T) {
	t.Parallel()
	for _, code := range []*whatspie.QRCode{nil, {}} {
		assert.Nil(t, code.PNG())
		assert.Empty(t, code.DataURI()+code.URL())
		_, err := code.Image()
		require.EqualError(t, err, "whatspie: no QR code")
		require.EqualError(t, code.WriteTerminal(io.Discard), "whatspie: no QR code")
		require.EqualError(t, code.WriteTerminalCompact(io.Discard), "whatspie: no QR code")
		_, _, err = code.TerminalSize()
		require.EqualError(t, err, "whatspie: no QR code")
		_, _, err = code.TerminalSizeCompact()
		require.EqualError(t, err, "whatspie: no QR code")
		assert.Less(t, len(code.String()), 20)
	}
}

// The test covers every method, including those added later.
func TestQRCode_nilMethodsDoNotPanic(t *testing.T) {
	t.Parallel()
	code := reflect.ValueOf((*whatspie.QRCode)(nil))
	for i := range code.NumMethod() {
		method := code.Method(i)
		arguments := make([]reflect.Value, method.Type().NumIn())
		for j := range arguments {
			arguments[j] = reflect.Zero(method.Type().In(j))
		}
		require.NotPanics(t, func() { method.Call(arguments) }, code.Type().Method(i).Name)
	}
}

func TestQRCode_drawsInTerminal(t *testing.T) {
	t.Parallel()
	code, err := whatspie.ParseQRCode(wiretest.QRDataURI(t))
	require.NoError(t, err)
	for name, style := range map[string]struct {
		size  func() (columns, rows int, err error)
		write func(io.Writer) error
	}{
		"half blocks": {code.TerminalSize, code.WriteTerminal},
		"sextants":    {code.TerminalSizeCompact, code.WriteTerminalCompact},
	} {
		columns, rows, err := style.size()
		require.NoError(t, err)
		var out strings.Builder
		require.NoError(t, style.write(&out))
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		assert.Len(t, lines, rows, name)
		for _, line := range lines {
			line = strings.TrimSuffix(strings.TrimPrefix(line, "\x1b[38;5;16;48;5;231m"), "\x1b[0m")
			assert.Equal(t, columns, utf8.RuneCountInString(line), name)
			assert.NotContains(t, line, "\x1b")
		}
		require.ErrorIs(t, style.write(brokenWriter{}), io.ErrClosedPipe)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// An image with valid checksums may still lack pixels, or hold no code.
func TestQRCode_failsWithoutCodeInImage(t *testing.T) {
	t.Parallel()
	broken := wiretest.TinyPNG(t)
	binary.BigEndian.PutUint32(broken[16:], 500) // the width, more than the data has
	binary.BigEndian.PutUint32(broken[29:], crc32.ChecksumIEEE(broken[12:29]))
	for want, file := range map[string][]byte{
		"whatspie: the QR code: the image is damaged":          broken,
		"whatspie: the QR code: no QR code found in the image": wiretest.TinyPNG(t),
	} {
		code, err := whatspie.ParseQRCode(base64.StdEncoding.EncodeToString(file))
		require.NoError(t, err)
		require.EqualError(t, code.WriteTerminal(io.Discard), want)
		require.EqualError(t, code.WriteTerminalCompact(io.Discard), want)
		_, _, err = code.TerminalSizeCompact()
		require.EqualError(t, err, want)
	}
}
