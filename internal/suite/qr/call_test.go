package qr_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// rawPNG returns a response whose body is the image itself.
func rawPNG(file []byte) wiretest.Reply {
	return wiretest.Reply{Status: 200, Header: http.Header{"Content-Type": {"image/png"}}, Body: string(file)}
}

func TestQR_acceptsEveryFormat(t *testing.T) {
	t.Parallel()
	file, uri := wiretest.QRPNG(t), wiretest.QRDataURI(t)
	replies := map[string]wiretest.Reply{
		"PNG":                      rawPNG(file),
		"PNG without Content-Type": wiretest.OK(string(file)),
		"string as data":           wiretest.OK(`{"status":200,"data":"` + uri + `"}`),
		"qr without data":          wiretest.OK(`{"qr":"` + uri + `"}`),
		"additional field":         wiretest.OK(`{"data":{"qr":"` + uri + `","expires":60}}`),
		"escaped slashes":          wiretest.OK(`{"data":{"qr":"` + strings.ReplaceAll(uri, "/", `\/`) + `"}}`),
		"Unicode escapes":          wiretest.OK(`{"data":{"qr":"` + strings.ReplaceAll(uri, "=", `\u003d`) + `"}}`),
	}
	escaper := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\u000b`)
	for name, text := range validTexts(file) {
		replies[name] = wiretest.OK(`{"status":200,"message":"OK","data":{"qr":"` + escaper.Replace(text) + `"}}`)
	}
	for name, reply := range replies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := wiretest.NewScript(reply).Client(t).Devices.QR(t.Context(), 7)
			require.NoError(t, err)
			assert.Equal(t, file, code.PNG())
		})
	}
}

func TestQR_acceptsLink(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(`{"data":{"qr":"https://cdn/7.png"}}`))
	link, err := s.Client(t).Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, "https://cdn/7.png", link.URL())
}

func TestQR_rejectsOtherResponses(t *testing.T) {
	t.Parallel()
	replies := map[string]wiretest.Reply{
		"documented placeholder":   wiretest.OK(wiretest.Fixture(t, "get_qr_200.json")),
		"object without qr":        wiretest.OK(`{"status":200,"data":{"code":"x"}}`),
		"number":                   wiretest.OK(`{"status":200,"data":{"qr":7}}`),
		"object":                   wiretest.OK(`{"status":200,"data":{"qr":{"a":"b"}}}`),
		"array":                    wiretest.OK(`{"status":200,"data":["x"]}`),
		"PNG with too many pixels": rawPNG(wiretest.LargePNG(t)),
		"HTML":                     wiretest.OK("<html>"),
	}
	for name, reply := range replies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(reply)
			code, err := s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.Nil(t, code)
			assert.Empty(t, wiretest.APIError(t, err).Body, "the body may be a code")
			assert.Len(t, s.Requests(), 1)
		})
	}
}
