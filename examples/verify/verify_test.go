package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const (
	budi = `{"id":4711,"name":"Toko Budi","phone":"6281234567890","webhook_url":"https://hooks.budi.co.id:8443/wa?key=s3cret",
		"status":"ACTIVE","version":"multidevice","paired_status":"PAIRED","created_at":"2025-02-03T04:05:06.123456Z",
		"updated_at":"2025-02-03T04:05:06.123456Z","server":{"name":"ASIA (IDN1)","status":"ACTIVE","node":"n-17"},
		"package":{"code":"STARTUP240K","name":"Startup"},"subscription":{"quote_available":"240000","quote_used":"17"},
		"owner":{"email":"budi@example.org","user_id":90210,"6281234567890":true}}`
	siti = `{"id":"4712","name":"Siti","phone":null,"paired_status":"UNPAIRED","balance":1234.5}`
)

// driftedAccount returns an account whose bodies contain personal data and undocumented fields.
func driftedAccount(t *testing.T) *whatspietest.Server {
	t.Helper()
	srv := whatspietest.NewServer()
	t.Cleanup(srv.Close)
	srv.AddDevice(whatspie.Device{ID: 4712})
	for path, body := range map[string]string{
		"/devices":           `{"status":200,"message":"OK","data":[` + budi + "," + siti + `]}`,
		"/devices/4711":      `{"status":200,"message":"OK","data":` + budi + `}`,
		"/devices/999999999": `{"code":404,"message":"Device not found","error":"Toko Budi has no device '999999999'"}`,
	} {
		status := http.StatusOK
		if strings.Contains(body, "404") {
			status = http.StatusNotFound
		}
		srv.Inject(whatspietest.Fault{Method: "GET", Path: path, Status: status, Body: body})
	}
	return srv
}

var sizes = regexp.MustCompile(`\d+ bytes`)

func TestVerify_withFake(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Environment{})
	assert.Equal(t, 0, got.Code)
	assert.Equal(t, `CALL                        HTTP  ENVELOPE                 DRIFT  DECODED AS                   VERDICT
GET /devices                200   data message status=200  0      3 devices                    as documented
GET /devices/{id}           200   data message status=200  0      device 1, PAIRED             as documented
GET /devices/{id}, unknown  404   code=404 error message   0      the error: device not found  as documented
GET /devices/{id}/qr        200   data message status=200  0      a code, 4472 bytes of PNG    as documented
`, sizes.ReplaceAllString(got.Stdout, "4472 bytes"))
}

func TestVerify_reportsDriftAndFailures(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.With(driftedAccount(t)))
	assert.Equal(t, 0, got.Code, got.Stderr)
	assert.Regexp(t, `GET /devices +200 .* 2 devices +decoded, differs from the documentation`, got.Stdout)
	assert.Contains(t, got.Stdout, "drift: GET /devices: $.data[*].owner: unknown field\n")
	assert.Contains(t, got.Stdout, "drift: GET /devices: $.data[*].id: type\n")

	srv := whatspietest.NewServer()
	t.Cleanup(srv.Close)
	srv.Inject(whatspietest.Fault{Path: "/devices", Body: "<html>Maintenance"})
	got = demotest.Run(t.Context(), t, run, demotest.With(srv))
	assert.Equal(t, 1, got.Code)
	assert.Regexp(t, `GET /devices +200 +none, text/html; charset=utf-8 +0 +an error +FAILED`, got.Stdout)
	assert.Contains(t, got.Stdout, "error: GET /devices: ")
}

func TestVerify_createsOnlyIfConfirmed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		code int
	}{
		"read-only":   {nil, 0},
		"confirmed":   {[]string{"-create", "x", "-package", "BETA", "-yes"}, 0},
		"unconfirmed": {[]string{"-create", "x", "-package", "BETA"}, 2},
		"no package":  {[]string{"-create", "x", "-yes"}, 2},
		"no name":     {[]string{"-package", "BETA", "-yes"}, 2},
		"only -yes":   {[]string{"-yes"}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer()
			defer srv.Close()
			got := demotest.Run(t.Context(), t, run, demotest.With(srv), test.args...)
			assert.Equal(t, test.code, got.Code, got.Stderr)
			_, created := srv.Device(1)
			assert.Equal(t, name == "confirmed", created)
			assert.Equal(t, created, strings.Contains(got.Stdout, "decoded, not documented"))
			for _, r := range srv.Requests() {
				assert.True(t, r.Method == http.MethodGet || created, r.Method)
			}
		})
	}
}

// replay returns a client that reads the fixtures of a directory.
func replay(t *testing.T, dir string, opts ...whatspie.Option) *whatspie.Client {
	t.Helper()
	mock := httpmock.NewMockTransport()
	for _, route := range []struct{ pattern, file string }{
		{`=~/devices$`, "list_devices_200.json"},
		{`=~/devices/\d+$`, "get_device_200.json"},
		{`=~/devices/\d+/qr`, "get_qr_200.json"},
	} {
		body, err := os.ReadFile(filepath.Join(dir, route.file))
		require.NoError(t, err)
		mock.RegisterResponder(http.MethodGet, route.pattern, httpmock.NewBytesResponder(http.StatusOK, body).
			HeaderSet(http.Header{"Content-Type": {"application/json"}}))
	}
	opts = append(opts, whatspie.WithHTTPClient(&http.Client{Transport: mock}))
	client, err := whatspie.NewClient("token", opts...)
	require.NoError(t, err)
	return client
}

func TestSave_canBeReplayed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "fixtures")
	got := demotest.Run(t.Context(), t, run, demotest.With(driftedAccount(t)), "-save", dir)
	require.Equal(t, 0, got.Code, got.Stderr)

	var drifts []whatspie.Drift
	client := replay(t, dir, whatspie.WithDriftHandler(func(d whatspie.Drift) { drifts = append(drifts, d) }))
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	require.Len(t, devices, 2)
	device, err := client.Devices.Get(t.Context(), devices[0].ID)
	require.NoError(t, err)
	assert.Equal(t, &devices[0], device, "the list and the get still agree")
	code, err := client.Devices.QR(t.Context(), devices[1].ID)
	require.NoError(t, err)
	_, _, err = code.TerminalSize()
	require.NoError(t, err, "the fictitious code can be drawn")

	assert.True(t, device.Paired())
	assert.Regexp(t, `^6200000\d{6}$`, device.Phone)
	assert.Regexp(t, `^https://[a-z.0-9]+\.example\.com/[a-z]{2}\?[a-z]{3}=[a-z]\d[a-z]{4}$`, device.WebhookURL)
	assert.Equal(t, int64(240000), device.Subscription.QuotaAvailable)
	for _, drift := range drifts {
		line := "drift: " + drift.Operation + ": " + drift.Path + ": " + string(drift.Kind) + "\n"
		assert.Contains(t, got.Stdout, line, "the fixtures drift like the API")
	}
	assert.Len(t, drifts, strings.Count(got.Stdout, "drift: "))
}

func TestSave_removesAccountData(t *testing.T) {
	t.Parallel()
	srv := driftedAccount(t)
	dir := filepath.Join(t.TempDir(), "fixtures")
	demotest.Run(t.Context(), t, run, demotest.With(srv), "-save", dir)
	payload, _ := srv.QRPayload(4712)
	require.NotEmpty(t, payload)
	code, err := srv.Client().Devices.QR(t.Context(), 4712)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 5)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, secret := range []string{
			"4711", "4712", "Budi", "Siti", "81234567890", "budi", "s3cret", "example.org", "90210", "n-17", "1234.5",
			code.DataURI(), srv.Token,
		} {
			found := strings.Contains(string(raw), secret) // NotContains would print the whole file
			assert.False(t, found, "%s contains %.20s", file, secret)
		}
	}
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	require.NoError(t, err)
	assert.Contains(t, string(readme), `| get_device_not_found_404.json | GET /devices/{id}, unknown | 404 | "application/json" |`)
	missing, err := os.ReadFile(filepath.Join(dir, "get_device_not_found_404.json"))
	require.NoError(t, err)
	assert.Contains(t, string(missing), "has no device '")
}

func TestSave_keepsExistingFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine := filepath.Join(dir, "README.md")
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o600))
	got := demotest.Run(t.Context(), t, run, demotest.Environment{}, "-save", dir)
	assert.Equal(t, 1, got.Code)
	assert.Contains(t, got.Stderr, "the directory is not empty")
	kept, err := os.ReadFile(mine)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(kept))
}
