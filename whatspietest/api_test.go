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

func moment(t *testing.T, s string) time.Time {
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
		CreatedAt:    moment(t, "2020-02-26T07:06:47Z"),
		UpdatedAt:    moment(t, "2025-08-11T21:30:42Z"),
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
		CreatedAt:    moment(t, "2022-03-15T00:32:13Z"),
		UpdatedAt:    moment(t, "2025-08-14T23:26:01Z"),
		Server:       whatspie.Server{Name: "EUR (DEU1)"},
		Subscription: whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 522},
	}
}

func TestDocumentedAnswers(t *testing.T) {
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
			for way, start := range ways() {
				t.Run(way, func(t *testing.T) {
					t.Parallel()
					srv := start(t, whatspietest.WithDeviceLimit(1))
					srv.AddDevice(test.device)
					answer := srv.ask(t, test.method, test.path, test.body)
					assert.Equal(t, test.status, answer.status)
					assert.Equal(t, "application/json", answer.header.Get("Content-Type"))
					assert.Equal(t, fixture(t, test.fixture), answer.body)
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
				answer := srv.do(t, r)
				assert.Equal(t, http.StatusUnauthorized, answer.status)
				assert.Equal(t, fixture(t, "unauthorized_401.json"), answer.body)
			}
		})
	}
	srv := withoutSocket(t, whatspietest.WithToken("secret"))
	r := srv.request(t, http.MethodGet, "/devices", "")
	r.Header.Set("Authorization", "bearer secret")
	assert.Equal(t, http.StatusOK, srv.do(t, r).status, "a scheme has no case")
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	const valid = `{"package":"BUSINESS","name":"x"}`
	tests := []struct {
		name, method, path, body string
		want                     string
	}{
		{"no name", "POST", "/devices", `{"package":"BUSINESS"}`, `{"code":400,"message":"Bad request","error":"The name field is required"}`},
		{"blank name", "POST", "/devices", `{"package":"BUSINESS","name":" \n"}`, `{"code":400,"message":"Bad request","error":"The name field is required"}`},
		{"no JSON", "POST", "/devices", `package=BUSINESS`, `{"code":400,"message":"Bad request","error":"The body must be a JSON object with package and name"}`},
		{"wrong type", "POST", "/devices", `{"package":3,"name":"x"}`, `{"code":400,"message":"Bad request","error":"The body must be a JSON object with package and name"}`},
		{"two values", "POST", "/devices", valid + valid, `{"code":400,"message":"Bad request","error":"The body must be a JSON object with package and name"}`},
		{"no body", "POST", "/devices", ``, `{"code":400,"message":"Bad request","error":"The body must be a JSON object with package and name"}`},
		{"huge body", "POST", "/devices", strings.Repeat(" ", 1<<20) + valid, `{"code":413,"message":"Request entity too large"}`},
		{"no response_type", "GET", "/devices/1/qr", ``, `{"code":400,"message":"Bad request","error":"The response_type parameter must be url"}`},
		{"other response_type", "GET", "/devices/1/qr?response_type=png", ``, `{"code":400,"message":"Bad request","error":"The response_type parameter must be url"}`},
		{"delete", "DELETE", "/devices/1", ``, `{"code":405,"message":"Method not allowed"}`},
		{"put", "PUT", "/devices", valid, `{"code":405,"message":"Method not allowed"}`},
		{"post a QR", "POST", "/devices/1/qr?response_type=url", valid, `{"code":405,"message":"Method not allowed"}`},
		{"root", "GET", "/", ``, `{"code":404,"message":"Not found","error":"No route for GET /"}`},
		{"final slash", "GET", "/devices/", ``, `{"code":404,"message":"Not found","error":"No route for GET /devices/"}`},
		{"empty segment", "GET", "/devices//qr", ``, `{"code":404,"message":"Not found","error":"No route for GET /devices//qr"}`},
		{"dots", "GET", "/x/../devices", ``, `{"code":404,"message":"Not found","error":"No route for GET /x/../devices"}`},
		{"deeper", "GET", "/devices/1/qr/2", ``, `{"code":404,"message":"Not found","error":"No route for GET /devices/1/qr/2"}`},
		{"elsewhere", "GET", "/messages", ``, `{"code":404,"message":"Not found","error":"No route for GET /messages"}`},
		{"escaped slash", "GET", "/devices/1%2Fqr", ``, `{"code":404,"message":"Device not found","error":"Device with ID 1/qr does not exist"}`},
		{"no number", "GET", "/devices/<b>", ``, `{"code":404,"message":"Device not found","error":"Device with ID <b> does not exist"}`},
		{"signed", "GET", "/devices/+1", ``, `{"code":404,"message":"Device not found","error":"Device with ID +1 does not exist"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for way, start := range ways() {
				t.Run(way, func(t *testing.T) {
					t.Parallel()
					srv := start(t)
					srv.AddDevice(whatspie.Device{})
					answer := srv.ask(t, test.method, test.path, test.body)
					assert.Equal(t, test.want, answer.body)
					assert.True(t, strings.HasPrefix(answer.body, fmt.Sprintf(`{"code":%d,`, answer.status)))
					if answer.status == http.StatusMethodNotAllowed {
						assert.Contains(t, answer.header.Get("Allow"), "GET")
					}
					assert.Len(t, srv.Requests(), 1)
					devices := srv.ask(t, http.MethodGet, "/devices", "")
					assert.Equal(t, 1, strings.Count(devices.body, `"id"`), "nothing was created")
				})
			}
		})
	}
}

func TestCreateNeedsJSON(t *testing.T) {
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
	for way, start := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			answer := srv.ask(t, http.MethodHead, "/devices", "")
			assert.Equal(t, http.StatusOK, answer.status)
			assert.Empty(t, answer.body)
		})
	}
}

func TestListIsSortedAndNeverNull(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	assert.JSONEq(t, `{"status":200,"message":"OK","data":[]}`, srv.ask(t, http.MethodGet, "/devices", "").body)
	for _, id := range []int64{30, 10, 20} {
		srv.AddDevice(whatspie.Device{ID: id})
	}
	body := srv.ask(t, http.MethodGet, "/devices", "").body
	assert.Less(t, strings.Index(body, `"id":10,`), strings.Index(body, `"id":20,`))
	assert.Less(t, strings.Index(body, `"id":20,`), strings.Index(body, `"id":30,`))
}
