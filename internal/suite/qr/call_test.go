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

func TestQRAcceptsEveryForm(t *testing.T) {
	t.Parallel()
	answers := map[string]wiretest.Reply{
		"raw image":              {Status: 200, Header: http.Header{"Content-Type": {"image/png"}}, Body: string(wiretest.QRPNG(t))},
		"raw image, no type":     {Status: 200, Body: string(wiretest.QRPNG(t))},
		"the code as data":       wiretest.OK(`{"status":200,"data":"` + wiretest.QRDataURI(t) + `"}`),
		"the code in a bare qr":  wiretest.OK(`{"qr":"` + wiretest.QRDataURI(t) + `"}`),
		"more fields beside it":  wiretest.OK(`{"data":{"qr":"` + wiretest.QRDataURI(t) + `","expires":60}}`),
		"escaped as by PHP":      wiretest.OK(`{"data":{"qr":"` + strings.ReplaceAll(wiretest.QRDataURI(t), "/", `\/`) + `"}}`),
		"escaped more than that": wiretest.OK(`{"data":{"qr":"` + strings.ReplaceAll(wiretest.QRDataURI(t), "=", `\u003d`) + `"}}`),
	}
	for name, text := range codes(wiretest.QRPNG(t)) {
		quoted := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\u000b`).Replace(text)
		answers[name] = wiretest.OK(`{"status":200,"message":"OK","data":{"qr":"` + quoted + `"}}`)
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := wiretest.NewScript(answer).Client(t).Devices.QR(t.Context(), 7)
			require.NoError(t, err)
			assert.Equal(t, wiretest.QRPNG(t), code.PNG())
		})
	}
	link, err := wiretest.NewScript(wiretest.OK(`{"data":{"qr":"https://cdn/7.png"}}`)).Client(t).Devices.QR(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, "https://cdn/7.png", link.URL())
}

func TestQRRefusesWhatIsNoCode(t *testing.T) {
	t.Parallel()
	answers := map[string]wiretest.Reply{
		"the documented sample": wiretest.OK(wiretest.Fixture(t, "get_qr_200.json")),
		"no qr":                 wiretest.OK(`{"status":200,"data":{"code":"x"}}`),
		"a number":              wiretest.OK(`{"status":200,"data":{"qr":7}}`),
		"an object":             wiretest.OK(`{"status":200,"data":{"qr":{"a":"b"}}}`),
		"a list":                wiretest.OK(`{"status":200,"data":["x"]}`),
		"raw large image":       {Status: 200, Header: http.Header{"Content-Type": {"image/png"}}, Body: string(wiretest.LargePNG(t))},
		"HTML":                  wiretest.OK("<html>"),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(answer)
			code, err := s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.Nil(t, code)
			assert.Empty(t, wiretest.APIError(t, err).Body, "it may be a credential")
			assert.Len(t, s.Requests(), 1)
		})
	}
}
