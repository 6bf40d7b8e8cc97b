package whatspie_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func decodeDevice(t *testing.T, body string) whatspie.Device {
	t.Helper()
	var device whatspie.Device
	require.NoError(t, json.Unmarshal([]byte(body), &device))
	return device
}

func TestDeviceToleratesDrift(t *testing.T) {
	t.Parallel()
	at := func(value string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, value)
		require.NoError(t, err)
		return parsed.UTC()
	}
	for name, test := range map[string]struct {
		body string
		want whatspie.Device
	}{
		"nothing":                     {`{}`, whatspie.Device{}},
		"only an ID":                  {`{"id":7}`, whatspie.Device{ID: 7}},
		"all null":                    {`{"id":null,"name":null,"phone":null,"webhook_url":null,"status":null,"version":null,"paired_status":null,"created_at":null,"updated_at":null,"server":null,"package":null,"subscription":null}`, whatspie.Device{}},
		"parts empty":                 {`{"server":{},"package":{},"subscription":{}}`, whatspie.Device{}},
		"parts null":                  {`{"server":{"name":null,"status":null},"package":{"code":null,"name":null},"subscription":{"quote_available":null,"quote_used":null}}`, whatspie.Device{}},
		"parts of another type":       {`{"server":"x","package":[1],"subscription":7}`, whatspie.Device{}},
		"fields of another type":      {`{"id":[7],"name":{"a":1},"phone":["1"],"created_at":{},"server":{"name":[]}}`, whatspie.Device{}},
		"ID a string":                 {`{"id":"2076"}`, whatspie.Device{ID: 2076}},
		"ID a padded string":          {`{"id":" 2076 "}`, whatspie.Device{ID: 2076}},
		"ID a fraction":               {`{"id":2076.0}`, whatspie.Device{ID: 2076}},
		"ID with an exponent":         {`{"id":2.076e3}`, whatspie.Device{ID: 2076}},
		"ID a phone number":           {`{"id":62895383079050}`, whatspie.Device{ID: 62895383079050}},
		"ID the largest":              {`{"id":9223372036854775807}`, whatspie.Device{ID: math.MaxInt64}},
		"ID beyond":                   {`{"id":92233720368547758070}`, whatspie.Device{ID: math.MaxInt64}},
		"ID no number":                {`{"id":"abc"}`, whatspie.Device{}},
		"ID a boolean":                {`{"id":true}`, whatspie.Device{}},
		"ID a word for a number":      {`{"id":"Infinity"}`, whatspie.Device{}},
		"ID hexadecimal":              {`{"id":"0x1p4"}`, whatspie.Device{}},
		"name":                        {`{"name":"Support"}`, whatspie.Device{Name: "Support"}},
		"device_name":                 {`{"device_name":"Support"}`, whatspie.Device{Name: "Support"}},
		"name before device_name":     {`{"device_name":"b","name":"a"}`, whatspie.Device{Name: "a"}},
		"device_name after name":      {`{"name":"a","device_name":"b"}`, whatspie.Device{Name: "a"}},
		"empty name, device_name":     {`{"name":"","device_name":"b"}`, whatspie.Device{Name: "b"}},
		"name a number":               {`{"name":42}`, whatspie.Device{Name: "42"}},
		"name escaped":                {`{"name":"\u00dc \"x\" \ud83d\ude00 \/"}`, whatspie.Device{Name: `Ü "x" 😀 /`}},
		"name with a lone surrogate":  {`{"name":"\ud800"}`, whatspie.Device{Name: "\ufffd"}},
		"phone a number":              {`{"phone":62895383079050}`, whatspie.Device{Phone: "62895383079050"}},
		"phone a long number":         {`{"phone":628953830790501234567}`, whatspie.Device{Phone: "628953830790501234567"}},
		"phone with leading zeros":    {`{"phone":"0081"}`, whatspie.Device{Phone: "0081"}},
		"status a number":             {`{"status":1}`, whatspie.Device{Status: "1"}},
		"status a boolean":            {`{"status":true}`, whatspie.Device{Status: "true"}},
		"unknown enum values":         {`{"status":"BANNED","paired_status":"LOGGED_OUT","version":"4"}`, whatspie.Device{Status: "BANNED", PairedStatus: "LOGGED_OUT", Version: "4"}},
		"quotas numbers":              {`{"subscription":{"quote_available":-1,"quote_used":5}}`, whatspie.Device{Subscription: whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 5}}},
		"quotas fractions":            {`{"subscription":{"quote_available":"10.00","quote_used":"7.9"}}`, whatspie.Device{Subscription: whatspie.Subscription{QuotaAvailable: 10, QuotaUsed: 7}}},
		"quotas empty":                {`{"subscription":{"quote_available":"","quote_used":""}}`, whatspie.Device{}},
		"quota a word":                {`{"subscription":{"quote_available":"unlimited"}}`, whatspie.Device{}},
		"package code a number":       {`{"package":{"code":60,"name":1,"id":"3"}}`, whatspie.Device{Package: whatspie.Package{ID: 3, Code: "60", Name: "1"}}},
		"unknown package":             {`{"package":{"code":"STARTUP60K","name":"New"}}`, whatspie.Device{Package: whatspie.Package{Code: "STARTUP60K", Name: "New"}}},
		"server status a number":      {`{"server":{"name":1,"status":0}}`, whatspie.Device{Server: whatspie.Server{Name: "1", Status: "0"}}},
		"unknown fields":              {`{"id":7,"new":{"id":8,"deep":[{"id":9}]},"x":null}`, whatspie.Device{ID: 7}},
		"other cases":                 {`{"ID":7,"Paired_Status":"PAIRED","SERVER":{"NAME":"x"}}`, whatspie.Device{ID: 7, PairedStatus: "PAIRED", Server: whatspie.Server{Name: "x"}}},
		"key escaped":                 {`{"\u0069d":7}`, whatspie.Device{ID: 7}},
		"the last of two":             {`{"id":7,"id":8}`, whatspie.Device{ID: 8}},
		"white space":                 {" { \"id\" :\t7 ,\r\n\"phone\" : \"1\" } ", whatspie.Device{ID: 7, Phone: "1"}},
		"braces in strings":           {`{"name":"}{][,\"","id":7}`, whatspie.Device{Name: `}{][,"`, ID: 7}},
		"times empty":                 {`{"created_at":"","updated_at":" "}`, whatspie.Device{}},
		"times of zero":               {`{"created_at":"0000-00-00 00:00:00","updated_at":0}`, whatspie.Device{}},
		"times no times":              {`{"created_at":"yesterday","updated_at":true}`, whatspie.Device{}},
		"time with nanoseconds":       {`{"created_at":"2020-02-26T07:06:47.123456789Z"}`, whatspie.Device{CreatedAt: at("2020-02-26T07:06:47.123456789Z")}},
		"time with microseconds":      {`{"created_at":"2020-02-26T07:06:47.000000Z"}`, whatspie.Device{CreatedAt: at("2020-02-26T07:06:47Z")}},
		"time with an offset":         {`{"created_at":"2020-02-26T07:06:47+07:00"}`, whatspie.Device{CreatedAt: at("2020-02-26T00:06:47Z")}},
		"time of a database":          {`{"created_at":"2020-02-26 07:06:47"}`, whatspie.Device{CreatedAt: at("2020-02-26T07:06:47Z")}},
		"time of a database, fine":    {`{"created_at":"2020-02-26 07:06:47.5"}`, whatspie.Device{CreatedAt: at("2020-02-26T07:06:47.5Z")}},
		"time of a database, zoned":   {`{"created_at":"2020-02-26 07:06:47+07:00"}`, whatspie.Device{CreatedAt: at("2020-02-26T00:06:47Z")}},
		"time without a zone":         {`{"created_at":"2020-02-26T07:06:47.5"}`, whatspie.Device{CreatedAt: at("2020-02-26T07:06:47.5Z")}},
		"date":                        {`{"created_at":"2020-02-26"}`, whatspie.Device{CreatedAt: at("2020-02-26T00:00:00Z")}},
		"a field fails, others don't": {`{"id":7,"created_at":"x","phone":{"a":"}"},"version":"v"}`, whatspie.Device{ID: 7, Version: "v"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, decodeDevice(t, test.body))
			device, err := scriptOf(ok(`{"data":` + strings.Replace(test.body, "{", `{"x":0,`, 1) + `}`)).client(t).Devices.List(t.Context())
			require.Error(t, err, "an object is no list")
			assert.Nil(t, device)
		})
	}
}

func TestDeviceIsAnObject(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`null`, `7`, `"x"`, `[]`, `[{"id":7}]`, `true`, `{`, `{"id":}`, `{"id":7}x`, ``, ` `} {
		device := whatspie.Device{ID: 1}
		require.Error(t, device.UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Server).UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Package).UnmarshalJSON([]byte(body)), body)
		require.Error(t, new(whatspie.Subscription).UnmarshalJSON([]byte(body)), body)
		assert.Equal(t, int64(1), device.ID, "an error leaves it as it was")
	}
}

func TestDecodingReplacesWhatWasThere(t *testing.T) {
	t.Parallel()
	device := documented()
	require.NoError(t, json.Unmarshal([]byte(`{"id":7}`), &device))
	assert.Equal(t, whatspie.Device{ID: 7}, device)
}

func TestPartsDecodeAlone(t *testing.T) {
	t.Parallel()
	var server whatspie.Server
	require.NoError(t, json.Unmarshal([]byte(`{"name":"EUR","status":1}`), &server))
	assert.Equal(t, whatspie.Server{Name: "EUR", Status: "1"}, server)
	var plan whatspie.Package
	require.NoError(t, json.Unmarshal([]byte(`{"code":"BETA","id":"1"}`), &plan))
	assert.Equal(t, whatspie.Package{ID: 1, Code: whatspie.PackageBeta}, plan)
	var quota whatspie.Subscription
	require.NoError(t, json.Unmarshal([]byte(`{"quote_available":"-1","quote_used":3}`), &quota))
	assert.Equal(t, whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 3}, quota)
}

// The expected text is written by hand: a wrong tag must not agree with itself.
func TestDeviceEncodesAsTheAPIDoes(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(documented())
	require.NoError(t, err)
	_, data, found := strings.Cut(fixture(t, "get_device_200.json"), `"data":`)
	require.True(t, found)
	assert.JSONEq(t, strings.TrimSuffix(strings.TrimSpace(data), "}"), string(encoded))
	assert.Equal(t, documented(), decodeDevice(t, string(encoded)))

	encoded, err = json.Marshal(whatspie.Device{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":0,"phone":"","webhook_url":"","status":"","version":"","paired_status":"",
		"server":{"name":"","status":""},"package":{"code":"","name":""},
		"subscription":{"quote_available":"0","quote_used":"0"}}`, string(encoded))

	named := whatspie.Device{Name: "Support", Package: whatspie.Package{ID: 3}}
	encoded, err = json.Marshal(named)
	require.NoError(t, err)
	assert.Contains(t, string(encoded), `"name":"Support"`)
	assert.Equal(t, named, decodeDevice(t, string(encoded)))
}

func TestPaired(t *testing.T) {
	t.Parallel()
	for status, want := range map[whatspie.PairedStatus]bool{
		whatspie.PairedStatusPaired: true, "paired": true,
		whatspie.PairedStatusUnpaired: false, whatspie.PairedStatusExpired: false, whatspie.PairedStatusSuspended: false,
		"": false, "PAIRED?": false, "REPAIRED": false,
	} {
		assert.Equal(t, want, (&whatspie.Device{Status: whatspie.DeviceStatusActive, PairedStatus: status}).Paired(), status)
	}
	assert.False(t, (*whatspie.Device)(nil).Paired())
}

func TestUnlimited(t *testing.T) {
	t.Parallel()
	for quota, want := range map[int64]bool{-1: true, -2: true, 0: false, 1: false} {
		assert.Equal(t, want, whatspie.Subscription{QuotaAvailable: quota}.Unlimited(), quota)
	}
}

func TestPackages(t *testing.T) {
	t.Parallel()
	want := []whatspie.Package{
		{ID: 1, Code: "BETA", Name: "Beta Tester"},
		{ID: 2, Code: "STARTER60K", Name: "Starter"},
		{ID: 3, Code: "STARTUP240K", Name: "Startup"},
		{ID: 4, Code: "BUSINESS", Name: "Business"},
	}
	first := whatspie.Packages()
	assert.Equal(t, want, first)
	first[0].Code = "changed"
	assert.Equal(t, want, whatspie.Packages(), "the slice is the caller's")
	for _, plan := range want {
		found, known := whatspie.LookupPackage(plan.Code)
		assert.True(t, known)
		assert.Equal(t, plan, found)
	}
	for _, code := range []whatspie.PackageCode{"", "beta", "STARTUP60K", " BETA"} {
		found, known := whatspie.LookupPackage(code)
		assert.False(t, known, code)
		assert.Zero(t, found)
	}
}
