package whatspie_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

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

// Fails if a struct field is not decoded, or into another field.
func TestEveryFieldIsReadAndWritten(t *testing.T) {
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

// Fails if Watch overlooks a field.
func TestEveryFieldIsWatched(t *testing.T) {
	t.Parallel()
	ignored := map[string][]whatspie.WatchOption{ // with the options that report them
		"UpdatedAt":                   nil,
		"Subscription.QuotaAvailable": {whatspie.WithUsage()},
		"Subscription.QuotaUsed":      {whatspie.WithUsage()},
	}
	before := full(t)
	for i, field := range leaves(reflect.TypeFor[whatspie.Device]()) {
		if field.name == "ID" { // another ID is another device
			continue
		}
		t.Run(field.name, func(t *testing.T) {
			t.Parallel()
			after := before
			field.set(t, &after, 100+i)
			opts, isIgnored := ignored[field.name]
			assert.Equal(t, !isIgnored, isReported(t, before, after))
			assert.Equal(t, !isIgnored || opts != nil, isReported(t, before, after, opts...))
		})
	}
}

// isReported changes a watched device, and checks that the events contain the change.
func isReported(t *testing.T, before, after whatspie.Device, opts ...whatspie.WatchOption) (reported bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		lists := make([]wiretest.Reply, 2)
		for i, device := range []whatspie.Device{before, after} {
			encoded, err := json.Marshal(device)
			require.NoError(t, err)
			lists[i] = wiretest.OK(`{"status":200,"data":[` + string(encoded) + `]}`)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for event, err := range wiretest.NewScript(lists...).Client(t).Devices.Watch(ctx, opts...) {
			switch {
			case err != nil:
				require.ErrorIs(t, err, context.DeadlineExceeded)
			case event.Kind == whatspie.WatchDevice:
				assert.Equal(t, &before, event.Device)
			case event.Kind == whatspie.WatchChanged:
				assert.False(t, reported, "once")
				reported = true
				assert.Equal(t, &before, event.Previous)
				assert.Equal(t, &after, event.Device)
			default:
				assert.Equal(t, whatspie.WatchSynced, event.Kind)
			}
		}
	})
	return reported
}
