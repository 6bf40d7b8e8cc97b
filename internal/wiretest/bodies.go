package wiretest

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// ListOf returns a list of devices, each given as JSON, in the format of the API.
func ListOf(devices ...string) Reply {
	return OK(`{"status":200,"message":"OK","data":[` + strings.Join(devices, ",") + `]}`)
}

// Requests to create a device.
var (
	NewDevice = whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Customer Service"}
	SalesDesk = whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: "Sales desk"}
)

// DocumentedDevice is the device of get_device_200.json.
func DocumentedDevice() whatspie.Device {
	return whatspie.Device{
		ID:           5,
		Phone:        "62895383079050",
		WebhookURL:   "https://your-webhook-url.com",
		Status:       whatspie.DeviceStatusActive,
		Version:      "multidevice",
		PairedStatus: whatspie.PairedStatusPaired,
		CreatedAt:    time.Date(2020, 2, 26, 7, 6, 47, 0, time.UTC),
		UpdatedAt:    time.Date(2025, 8, 11, 21, 30, 42, 0, time.UTC),
		Server:       whatspie.Server{Name: "ASIA (IDN1)", Status: "ACTIVE"},
		Package:      whatspie.Package{Code: whatspie.PackageStartup, Name: "Startup"},
		Subscription: whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 62755},
	}
}

// List is a response and the IDs that List and All must return for it.
type List struct {
	Reply Reply
	IDs   []int64
}

// Lists returns responses that contain a list of devices.
func Lists() map[string]List {
	return map[string]List{
		"two devices":             {OK(`{"status":200,"message":"OK","data":[{"id":1},{"id":2}]}`), []int64{1, 2}},
		"data before status":      {OK(`{"data":[{"id":1}],"status":200}`), []int64{1}},
		"no envelope":             {OK(` [{"id":1},{"id":"2"}] `), []int64{1, 2}},
		"empty list":              {OK(`{"status":200,"data":[]}`), []int64{}},
		"null data":               {OK(`{"status":200,"message":"OK","data":null}`), []int64{}},
		"no data":                 {OK(`{"status":200,"message":"OK"}`), []int64{}},
		"no envelope, empty list": {OK(`[]`), []int64{}},
		"devices without ID":      {OK(`{"status":200,"data":[{"id":-5},{"id":"-5"},{"id":"x"}]}`), []int64{0, 0, 0}},
		"null elements":           {OK(`{"status":200,"data":[null,{"id":1},null]}`), []int64{1}},
		"unknown fields":          {OK(`{"a":{"data":[{"id":9}]},"data":[{"id":1,"x":[{}]}],"b":[1,2]}`), []int64{1}},
		"upper-case keys":         {OK(`{"STATUS":200,"Data":[{"Id":1}]}`), []int64{1}},
		"202":                     {Reply{Status: 202, Body: `{"data":[{"id":1}]}`}, []int64{1}},
		"no content (204)":        {Reply{Status: 204}, []int64{}},
	}
}

// NotLists returns bodies that contain no list of devices.
func NotLists() map[string]string {
	return map[string]string{
		"device":              `{"status":200,"data":{"id":1}}`,
		"no envelope, device": `{"id":1,"status":"ACTIVE"}`,
		"string":              `{"status":200,"data":"none"}`,
		"number":              `{"status":200,"data":0}`,
		"list of numbers":     `{"status":200,"data":[1,2]}`,
		"list of strings":     `{"status":200,"data":["a"]}`,
		"list of lists":       `{"status":200,"data":[[]]}`,
		"other JSON":          `{"hello":"world"}`,
		"no envelope, string": `"OK"`,
		"no envelope, null":   `null`,
		"empty body":          ``,
		"empty object":        `{}`,
		"HTML":                `<html><body>Welcome</body></html>`,
		"truncated":           `{"status":200,"data":[{"id":`,
		"unclosed object":     `{"status":200,"data":[]`,
		"trailing comma":      `{"status":200,"data":[{"id":1},]}`,
	}
}

// Redirect returns a redirect.
func Redirect(status int, location string) Reply {
	return Reply{Status: status, Header: http.Header{"Location": {location}}, Body: "<html>moved</html>"}
}

// RateLimited returns a 429 with Retry-After.
func RateLimited(retryAfter string) Reply {
	return Reply{
		Status: 429,
		Header: http.Header{"Retry-After": {retryAfter}},
		Body:   `{"code":429,"message":"Too many requests"}`,
	}
}

// Fixture returns a body of the API's documentation, byte for byte.
func Fixture(tb testing.TB, name string) string {
	tb.Helper()
	body, err := fs.ReadFile(Module(tb), "testdata/"+name)
	require.NoError(tb, err)
	return string(body)
}

// Module returns the files of the module that contains the working directory.
func Module(tb testing.TB) fs.FS {
	tb.Helper()
	root, err := os.Getwd()
	for ; err == nil; root = filepath.Dir(root) {
		if _, statErr := os.Stat(filepath.Join(root, "go.mod")); statErr == nil {
			return os.DirFS(root)
		}
		require.NotEqual(tb, root, filepath.Dir(root), "no go.mod")
	}
	require.NoError(tb, err)
	return nil
}
