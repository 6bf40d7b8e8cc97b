package whatspietest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const qrQuery = "/qr?response_type=url"

func parseTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at
}

// documented is the device in the documented response to Get.
func documented(t *testing.T) whatspie.Device {
	t.Helper()
	return whatspie.Device{
		ID:           5,
		Phone:        "62895383079050",
		WebhookURL:   "https://your-webhook-url.com",
		PairedStatus: whatspie.PairedStatusPaired,
		CreatedAt:    parseTime(t, "2020-02-26T07:06:47Z"),
		UpdatedAt:    parseTime(t, "2025-08-11T21:30:42Z"),
		Subscription: whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 62755},
	}
}

// listed is the device in the documented response to List.
func listed(t *testing.T) whatspie.Device {
	t.Helper()
	return whatspie.Device{
		ID:           2076,
		Phone:        "6289510154496",
		WebhookURL:   "https://your-webhook-url.com",
		CreatedAt:    parseTime(t, "2022-03-15T00:32:13Z"),
		UpdatedAt:    parseTime(t, "2025-08-14T23:26:01Z"),
		Server:       whatspie.Server{Name: "EUR (DEU1)"},
		Subscription: whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 522},
	}
}

func TestDocumentedResponses(t *testing.T) {
	t.Parallel()
	suspended := whatspie.Device{ID: 7, PairedStatus: whatspie.PairedStatusSuspended}
	tests := []struct {
		fixture      string
		status       int
		device       whatspie.Device
		method, path string
		body         string
	}{
		{"get_device_200.json", 200, documented(t), "GET", "/devices/5", ""},
		{"get_device_200.json", 200, documented(t), "GET", "/devices/62895383079050", ""},
		{"get_device_200.json", 200, documented(t), "GET", "/devices/%35", ""},
		{"list_devices_200.json", 200, listed(t), "GET", "/devices", ""},
		{"get_device_not_found_detail_404.json", 404, documented(t), "GET", "/devices/999", ""},
		{"get_device_not_found_detail_404.json", 404, documented(t), "GET", "/devices/999" + qrQuery, ""},
		{"get_qr_already_connected_200.json", 200, documented(t), "GET", "/devices/5" + qrQuery, ""},
		{"get_qr_generation_failed_500.json", 500, suspended, "GET", "/devices/7" + qrQuery, ""},
		{"create_device_invalid_package_400.json", 400, documented(t), "POST", "/devices", `{"name":"x"}`},
		{
			"create_device_package_not_available_400.json", 400, documented(t), "POST", "/devices",
			`{"package":"INVALID_PACKAGE","name":"x"}`,
		},
		{
			"create_device_limit_reached_403.json", 403, documented(t), "POST", "/devices",
			`{"package":"BUSINESS","name":"x"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.fixture, func(t *testing.T) {
			t.Parallel()
			for mode, start := range modes() {
				t.Run(mode, func(t *testing.T) {
					t.Parallel()
					srv := start(t, whatspietest.WithDeviceLimit(1))
					srv.AddDevice(test.device)
					got := srv.send(t, test.method, test.path, test.body)
					assert.Equal(t, test.status, got.status)
					assert.Equal(t, "application/json", got.header.Get("Content-Type"))
					assert.Equal(t, fixture(t, test.fixture), got.body)
				})
			}
		})
	}
}

func TestUnauthorized(t *testing.T) {
	t.Parallel()
	for _, authorization := range []string{"", "Bearer", "Bearer wrong", "Basic secret", "secret", "Bearer secret "} {
		t.Run(authorization, func(t *testing.T) {
			t.Parallel()
			srv := withoutSocket(t, whatspietest.WithToken("secret"))
			for _, path := range []string{"/devices", "/devices/1", "/nowhere"} {
				r := srv.request(t, http.MethodGet, path, "")
				r.Header.Set("Authorization", authorization)
				got := srv.do(t, r)
				assert.Equal(t, http.StatusUnauthorized, got.status)
				assert.Equal(t, fixture(t, "unauthorized_401.json"), got.body)
			}
		})
	}
	srv := withoutSocket(t, whatspietest.WithToken("secret"))
	r := srv.request(t, http.MethodGet, "/devices", "")
	r.Header.Set("Authorization", "bearer secret")
	assert.Equal(t, http.StatusOK, srv.do(t, r).status, "the scheme is case-insensitive")
}

func TestInvalidRequests(t *testing.T) {
	t.Parallel()
	const (
		valid       = `{"package":"BUSINESS","name":"x"}`
		nameMissing = `{"code":400,"message":"Bad request","error":"The name field is required"}`
		notAnObject = `{"code":400,"message":"Bad request","error":"The body must be a JSON object with package and name"}`
		notURL      = `{"code":400,"message":"Bad request","error":"The response_type parameter must be url"}`
	)
	noRoute := func(request string) string {
		return `{"code":404,"message":"Not found","error":"No route for ` + request + `"}`
	}
	noDevice := func(id string) string {
		return `{"code":404,"message":"Device not found","error":"Device with ID ` + id + ` does not exist"}`
	}
	tests := []struct {
		name, method, path, body string
		want                     string
	}{
		{"no name", "POST", "/devices", `{"package":"BUSINESS"}`, nameMissing},
		{"blank name", "POST", "/devices", `{"package":"BUSINESS","name":" \n"}`, nameMissing},
		{"not JSON", "POST", "/devices", `package=BUSINESS`, notAnObject},
		{"package is a number", "POST", "/devices", `{"package":3,"name":"x"}`, notAnObject},
		{"two JSON objects", "POST", "/devices", valid + valid, notAnObject},
		{"no body", "POST", "/devices", ``, notAnObject},
		{
			"body over 1 MiB", "POST", "/devices", strings.Repeat(" ", 1<<20) + valid,
			`{"code":413,"message":"Request entity too large"}`,
		},
		{"no response_type", "GET", "/devices/1/qr", ``, notURL},
		{"other response_type", "GET", "/devices/1/qr?response_type=png", ``, notURL},
		{"DELETE device", "DELETE", "/devices/1", ``, `{"code":405,"message":"Method not allowed"}`},
		{"PUT list", "PUT", "/devices", valid, `{"code":405,"message":"Method not allowed"}`},
		{"POST QR code", "POST", "/devices/1/qr?response_type=url", valid, `{"code":405,"message":"Method not allowed"}`},
		{"root path", "GET", "/", ``, noRoute("GET /")},
		{"trailing slash", "GET", "/devices/", ``, noRoute("GET /devices/")},
		{"empty segment", "GET", "/devices//qr", ``, noRoute("GET /devices//qr")},
		{"dot segments", "GET", "/x/../devices", ``, noRoute("GET /x/../devices")},
		{"extra segment", "GET", "/devices/1/qr/2", ``, noRoute("GET /devices/1/qr/2")},
		{"unknown route", "GET", "/messages", ``, noRoute("GET /messages")},
		{"escaped slash", "GET", "/devices/1%2Fqr", ``, noDevice("1/qr")},
		{"ID is not a number", "GET", "/devices/<b>", ``, noDevice("<b>")},
		{"ID with sign", "GET", "/devices/+1", ``, noDevice("+1")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for mode, start := range modes() {
				t.Run(mode, func(t *testing.T) {
					t.Parallel()
					srv := start(t)
					srv.AddDevice(whatspie.Device{})
					got := srv.send(t, test.method, test.path, test.body)
					assert.Equal(t, test.want, got.body)
					assert.True(t, strings.HasPrefix(got.body, fmt.Sprintf(`{"code":%d,`, got.status)))
					if got.status == http.StatusMethodNotAllowed {
						assert.Contains(t, got.header.Get("Allow"), "GET")
					}
					assert.Len(t, srv.Requests(), 1)
					devices := srv.send(t, http.MethodGet, "/devices", "")
					assert.Equal(t, 1, strings.Count(devices.body, `"id"`), "no device was created")
				})
			}
		})
	}
}

func TestCreate_requiresJSON(t *testing.T) {
	t.Parallel()
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", ";"} {
		srv := withoutSocket(t)
		r := srv.request(t, http.MethodPost, "/devices", `{"package":"BUSINESS","name":"x"}`)
		r.Header.Set("Content-Type", media)
		assert.Equal(t, http.StatusUnsupportedMediaType, srv.do(t, r).status, media)
	}
	srv := withoutSocket(t)
	r := srv.request(t, http.MethodPost, "/devices", `{"package":"BUSINESS","name":"x"}`)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	assert.Equal(t, http.StatusOK, srv.do(t, r).status)
}

func TestHead(t *testing.T) {
	t.Parallel()
	for mode, start := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			got := srv.send(t, http.MethodHead, "/devices", "")
			assert.Equal(t, http.StatusOK, got.status)
			assert.Empty(t, got.body)
		})
	}
}

func TestList_isSortedAndNeverNull(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	assert.JSONEq(t, `{"status":200,"message":"OK","data":[]}`, srv.send(t, http.MethodGet, "/devices", "").body)
	for _, id := range []int64{30, 10, 20} {
		srv.AddDevice(whatspie.Device{ID: id})
	}
	body := srv.send(t, http.MethodGet, "/devices", "").body
	assert.Less(t, strings.Index(body, `"id":10,`), strings.Index(body, `"id":20,`))
	assert.Less(t, strings.Index(body, `"id":20,`), strings.Index(body, `"id":30,`))
}
