package whatspietest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// requestQR requests the QR code of device 1 and returns its data URI.
func requestQR(t *testing.T, srv testServer) string {
	t.Helper()
	got := srv.send(t, http.MethodGet, "/devices/1"+qrQuery, "")
	require.Equal(t, http.StatusOK, got.status, got.body)
	var body struct {
		Data struct {
			QR string `json:"qr"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &body))
	return body.Data.QR
}

// status returns the status of device 1, on which Server.Device and the API must agree.
func status(t *testing.T, srv testServer) whatspie.PairedStatus {
	t.Helper()
	d, ok := srv.Device(1)
	require.True(t, ok)
	body := srv.send(t, http.MethodGet, "/devices/1", "").body
	assert.Contains(t, body, `"paired_status":"`+string(d.PairedStatus)+`"`)
	return d.PairedStatus
}

func TestQR_documentedForm(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			srv.AddDevice(whatspie.Device{})
			body := srv.send(t, http.MethodGet, "/devices/1"+qrQuery, "").body
			want := strings.Split(fixture(t, "get_qr_200.json"), "json-image")
			assert.True(t, strings.HasPrefix(body, want[0]))
			assert.True(t, strings.HasSuffix(body, want[1]))
		})
	}
}

func TestQR_isScannable(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	_, ok := srv.QRPayload(id)
	assert.False(t, ok, "no code was requested")

	encoded := strings.TrimPrefix(requestQR(t, srv), "data:image/png;base64,")
	file, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(file))
	require.NoError(t, err)

	payload, ok := srv.QRPayload(id)
	require.True(t, ok)
	assert.Regexp(t, `^2@[A-Za-z0-9+/]{96},([A-Za-z0-9+/]{43}=,){2}[A-Za-z0-9+/]{43}=$`, payload)
	want, err := qr.Encode(payload, qr.L)
	require.NoError(t, err)
	const quietZone = 4
	require.Equal(t, (want.Size+2*quietZone)*want.Scale, picture.Bounds().Dx())
	require.Equal(t, picture.Bounds().Dx(), picture.Bounds().Dy())
	for y := -quietZone; y < want.Size+quietZone; y++ {
		for x := -quietZone; x < want.Size+quietZone; x++ {
			middle := func(n int) int { return (n+quietZone)*want.Scale + want.Scale/2 }
			lightness, _, _, _ := picture.At(middle(x), middle(y)).RGBA()
			require.Equal(t, want.Black(x, y), lightness == 0, "module %d,%d", x, y)
		}
	}
}

func TestQR_expires(t *testing.T) {
	t.Parallel()
	const lifetime = 5 * time.Second
	tests := []struct {
		name        string
		opts        []whatspietest.Option
		first, next time.Duration
	}{
		{"default", nil, 60 * time.Second, 20 * time.Second},
		{"WithQRLifetime", []whatspietest.Option{whatspietest.WithQRLifetime(lifetime)}, lifetime, lifetime},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t, test.opts...)
				srv.AddDevice(whatspie.Device{})
				seen := map[string]bool{}
				for _, lifetime := range []time.Duration{test.first, test.next, test.next} {
					uri := requestQR(t, srv)
					require.False(t, seen[uri], "each code is new")
					seen[uri] = true
					payload, _ := srv.QRPayload(1)
					assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv))
					time.Sleep(lifetime - time.Nanosecond)
					assert.Equal(t, uri, requestQR(t, srv), "the same code until it expires")
					time.Sleep(time.Nanosecond)
					assert.False(t, srv.ScanCode(payload), "an expired code has no effect")
					assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv))
					time.Sleep(time.Hour)
					d, _ := srv.Device(1)
					assert.Equal(t, time.Hour, time.Since(d.UpdatedAt))
				}
			})
		})
	}
}

func TestQR_pairingStartsOver(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]func(*whatspietest.Server, int64) bool{
		"scan":    (*whatspietest.Server).Scan,
		"suspend": (*whatspietest.Server).Suspend,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t)
				srv.AddDevice(whatspie.Device{})
				old := requestQR(t, srv)
				restart(srv.Server, 1)
				srv.Disconnect(1)
				uri := requestQR(t, srv)
				assert.NotEqual(t, old, uri)
				time.Sleep(59 * time.Second)
				assert.Equal(t, uri, requestQR(t, srv), "a first code is valid for longer")
			})
		})
	}
}

func TestExpireQR(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	old := requestQR(t, srv)
	payload, _ := srv.QRPayload(id)
	require.True(t, srv.ExpireQR(id))
	assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv))
	_, ok := srv.QRPayload(id)
	assert.False(t, ok)
	assert.False(t, srv.ScanCode(payload))
	assert.NotEqual(t, old, requestQR(t, srv))
	assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv))
}

func TestScanCode(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	other := srv.AddDevice(whatspie.Device{})
	requestQR(t, srv)
	payload, _ := srv.QRPayload(id)
	assert.False(t, srv.ScanCode(""))
	assert.False(t, srv.ScanCode("2@unknown"))
	assert.True(t, srv.ScanCode(payload))
	assert.False(t, srv.ScanCode(payload), "the code is no longer valid")
	assert.Equal(t, whatspie.PairedStatusPaired, status(t, srv))
	d, _ := srv.Device(other)
	assert.False(t, d.Paired())
	_, ok := srv.QRPayload(99)
	assert.False(t, ok)
}

func TestQRRotation_sixCodesPerSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t, whatspietest.WithQRRotation())
		srv.AddDevice(whatspie.Device{})
		for range 2 {
			seen := map[string]bool{}
			for code, lifetime := range []int{60, 20, 20, 20, 20, 20} {
				uri := requestQR(t, srv)
				require.False(t, seen[uri], "code %d is new", code+1)
				seen[uri] = true
				time.Sleep(time.Duration(lifetime)*time.Second - time.Nanosecond)
				assert.Equal(t, uri, requestQR(t, srv), "the same code until it expires")
				assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv))
				time.Sleep(time.Nanosecond)
			}
			assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv), "the session has ended")
			time.Sleep(time.Hour)
		}
	})
}

func TestQRRotation_continuesWithoutRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t, whatspietest.WithQRRotation(), whatspietest.WithQRLifetime(10*time.Second))
		srv.AddDevice(whatspie.Device{})
		first := requestQR(t, srv)
		expired, _ := srv.QRPayload(1)
		time.Sleep(45 * time.Second)
		payload, ok := srv.QRPayload(1)
		require.True(t, ok)
		assert.NotEqual(t, expired, payload)
		assert.NotEqual(t, first, requestQR(t, srv))
		time.Sleep(4 * time.Second)
		assert.False(t, srv.ScanCode(expired))
		again, _ := srv.QRPayload(1)
		assert.Equal(t, payload, again, "the fifth code is current from 40 s to 50 s")
		srv.ExpireQR(1)
		requestQR(t, srv)
		time.Sleep(59 * time.Second)
		assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv), "the new session has not ended")
		time.Sleep(time.Second)
		assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv))
	})
}
