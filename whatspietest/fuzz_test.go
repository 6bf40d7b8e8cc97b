package whatspietest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func FuzzHostileRequests(f *testing.F) {
	f.Add("GET", "/devices/1", "/devices/1", "response_type=url", "application/json", []byte(nil))
	f.Add("GET", "/devices/1/qr", "", "response_type=url", "", []byte(nil))
	f.Add("POST", "/devices", "", "", "application/json", []byte(newDevice))
	f.Add("BREW", "devices/%zz", "%zz", "%zz;&=", "\x00", []byte{0xff})
	f.Add("", "", "", "", ";", []byte(`{"package":"'","name":"\u0000"}`))
	f.Fuzz(func(t *testing.T, method, path, rawPath, query, media string, body []byte) {
		srv := withoutSocket(t)
		srv.AddDevice(whatspie.Device{})
		response, err := srv.Transport().RoundTrip((&http.Request{
			Method: method,
			URL:    &url.URL{Scheme: "http", Host: "x", Path: path, RawPath: rawPath, RawQuery: query},
			Header: http.Header{"Authorization": {"Bearer " + srv.Token}, "Content-Type": {media}},
			Body:   io.NopCloser(bytes.NewReader(body)),
		}).WithContext(t.Context()))
		require.NoError(t, err)
		got, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		if method != http.MethodHead {
			var envelope map[string]any
			require.NoError(t, json.Unmarshal(got, &envelope))
			assert.Contains(t, envelope, "message")
		}
		require.Len(t, srv.Requests(), 1)
	})
}
