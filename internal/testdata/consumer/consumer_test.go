package consumer_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"testing"

	"example.com/consumer"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// noDevicesLeft is a mock of the service for an account at its device limit.
type noDevicesLeft struct{ consumer.Devices }

func (noDevicesLeft) CreateConfirmed(context.Context, whatspie.CreateDeviceRequest, ...whatspie.CallOption) (*whatspie.Device, error) {
	return nil, whatspie.ErrDeviceLimit
}

func TestRent_withMock(t *testing.T) {
	t.Parallel()
	numbers := &consumer.Numbers{Devices: noDevicesLeft{}, Screen: io.Discard}
	if _, err := numbers.Rent(context.Background(), "x"); !errors.Is(err, consumer.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
}

// The interface has all methods of the service, so that a mock cannot lack one.
func TestDevices_hasAllMethods(t *testing.T) {
	t.Parallel()
	mock, service := reflect.TypeFor[consumer.Devices](), reflect.TypeFor[*whatspie.DevicesService]()
	for i := range service.NumMethod() {
		if _, found := mock.MethodByName(service.Method(i).Name); !found {
			t.Errorf("consumer.Devices lacks %s", service.Method(i).Name)
		}
	}
}

// scanningDevices is the real service with a phone that scans each code.
type scanningDevices struct {
	consumer.Devices

	srv *whatspietest.Server
}

func (s scanningDevices) Pair(ctx context.Context, id int64, opts ...whatspie.PairOption) iter.Seq2[whatspie.PairEvent, error] {
	return func(yield func(whatspie.PairEvent, error) bool) {
		for event, err := range s.Devices.Pair(ctx, id, opts...) {
			if event.Kind == whatspie.PairQR {
				s.srv.Scan(id)
			}
			if !yield(event, err) {
				return
			}
		}
	}
}

func TestRent_withFakeServer(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	defer srv.Close()
	numbers := &consumer.Numbers{Devices: scanningDevices{srv.Client().Devices, srv}, Screen: io.Discard}
	phone, err := numbers.Rent(context.Background(), "Support")
	if err != nil || phone == "" {
		t.Errorf("phone %q, error %v", phone, err)
	}
}
