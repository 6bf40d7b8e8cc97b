package whatspie_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// The expected text is written by hand: a wrong tag must not agree with itself.
func TestDevice_encodesInAPIFormat(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(wiretest.DocumentedDevice())
	require.NoError(t, err)
	_, data, found := strings.Cut(wiretest.Fixture(t, "get_device_200.json"), `"data":`)
	require.True(t, found)
	assert.JSONEq(t, strings.TrimSuffix(strings.TrimSpace(data), "}"), string(encoded))
	assert.Equal(t, wiretest.DocumentedDevice(), decodeDevice(t, string(encoded)))

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

func decodeDevice(t *testing.T, body string) whatspie.Device {
	t.Helper()
	var device whatspie.Device
	require.NoError(t, json.Unmarshal([]byte(body), &device))
	return device
}

// Fails if a struct field is not decoded, or into another field.
func TestDevice_roundTripsEveryField(t *testing.T) {
	t.Parallel()
	device := full(t)
	check := func(t *testing.T, want whatspie.Device) {
		t.Helper()
		encoded, err := json.Marshal(want)
		require.NoError(t, err)
		for way, got := range readings(t, encoded) {
			assert.Equal(t, want, got, way)
		}
	}
	check(t, device)
	for i, field := range leaves(reflect.TypeFor[whatspie.Device]()) {
		t.Run(field.name, func(t *testing.T) {
			t.Parallel()
			changed := device
			field.set(t, &changed, 100+i)
			require.NotEqual(t, device, changed)
			check(t, changed)
		})
	}
}

// leaf is a field of a device, or of one of its parts, that holds a value.
type leaf struct {
	name  string
	index []int
}

func leaves(typ reflect.Type) []leaf {
	var found []leaf
	for i := range typ.NumField() {
		field := typ.Field(i)
		if field.Type.Kind() != reflect.Struct || field.Type == reflect.TypeFor[time.Time]() {
			found = append(found, leaf{field.Name, []int{i}})
			continue
		}
		for _, part := range leaves(field.Type) {
			found = append(found, leaf{field.Name + "." + part.name, append([]int{i}, part.index...)})
		}
	}
	return found
}

// set assigns a value that is unique to the number.
func (l leaf) set(t *testing.T, device *whatspie.Device, number int) {
	t.Helper()
	switch field := reflect.ValueOf(device).Elem().FieldByIndex(l.index); field.Interface().(type) {
	case time.Time:
		field.Set(reflect.ValueOf(time.Date(2026, 1, 1, 0, 0, number, 0, time.UTC)))
	case int, int64:
		field.SetInt(int64(1000 + number))
	default:
		require.Equal(t, reflect.String, field.Kind(), l.name)
		field.SetString(fmt.Sprintf("text %d", number))
	}
}

// full returns a device with a distinct value in every field.
func full(t *testing.T) whatspie.Device {
	t.Helper()
	var device whatspie.Device
	for i, field := range leaves(reflect.TypeFor[whatspie.Device]()) {
		field.set(t, &device, i)
	}
	return device
}

// readings are all ways to decode a device.
func readings(t *testing.T, encoded []byte) map[string]whatspie.Device {
	t.Helper()
	one := wiretest.NewScript(wiretest.OK(`{"status":200,"data":` + string(encoded) + `}`)).Client(t)
	list := wiretest.NewScript(wiretest.OK(`{"status":200,"data":[` + string(encoded) + `]}`)).Client(t)
	got, err := one.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	created, err := one.Devices.Create(t.Context(), wiretest.NewDevice)
	require.NoError(t, err)
	devices, err := list.Devices.List(t.Context())
	require.NoError(t, err)
	found := map[string]whatspie.Device{"Get": *got, "Create": *created, "List": devices[0]}
	for device, err := range list.Devices.All(t.Context()) {
		require.NoError(t, err)
		found["All"] = *device
	}
	var decoded whatspie.Device
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	found["Unmarshal"] = decoded
	return found
}

// The struct and the decoder must know the same fields.
func TestDevice_noFieldIsDrift(t *testing.T) {
	t.Parallel()
	var members func(reflect.Type) string
	members = func(typ reflect.Type) string {
		parts := make([]string, 0, typ.NumField())
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			value := "null"
			if sub := typ.Field(i).Type; sub.Kind() == reflect.Struct && sub.NumField() > 0 && sub.Field(0).Tag != "" {
				value = members(sub)
			}
			parts = append(parts, `"`+name+`":`+value)
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	device := strings.Replace(members(reflect.TypeFor[whatspie.Device]()), `"id":null`, `"id":7`, 1)
	assert.Equal(t, []string{"GET /devices/{id} $.data.package.id unknown field"}, reportedDrift(t, `{"status":200,"data":`+device+`}`, getDevice),
		"the ID is of the catalogue")
}

func TestDevice_paired(t *testing.T) {
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

func TestSubscription_unlimited(t *testing.T) {
	t.Parallel()
	for quota, want := range map[int64]bool{-1: true, -2: true, 0: false, 1: false} {
		assert.Equal(t, want, whatspie.Subscription{QuotaAvailable: quota}.Unlimited(), quota)
	}
}
