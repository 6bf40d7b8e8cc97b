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

// full is a mock of the service: what it does not say, the interface does.
type full struct{ consumer.Devices }

func (full) CreateConfirmed(context.Context, whatspie.CreateDeviceRequest, ...whatspie.CallOption) (*whatspie.Device, error) {
	return nil, whatspie.ErrDeviceLimit
}

func TestRentWithAMock(t *testing.T) {
	t.Parallel()
	numbers := &consumer.Numbers{Devices: full{}, Screen: io.Discard}
	if _, err := numbers.Rent(context.Background(), "x"); !errors.Is(err, consumer.ErrBusy) {
		t.Errorf("%v is not busy", err)
	}
}

// The interface is the whole service: who mocks it for a test must not miss a method.
func TestDevicesIsTheWholeService(t *testing.T) {
	t.Parallel()
	mock, service := reflect.TypeFor[consumer.Devices](), reflect.TypeFor[*whatspie.DevicesService]()
	for i := range service.NumMethod() {
		if _, listed := mock.MethodByName(service.Method(i).Name); !listed {
			t.Errorf("%s is not in consumer.Devices", service.Method(i).Name)
		}
	}
}

// scanning is the real service, with a phone at hand.
type scanning struct {
	consumer.Devices

	srv *whatspietest.Server
}

func (s scanning) Pair(ctx context.Context, id int64, opts ...whatspie.PairOption) iter.Seq2[whatspie.PairEvent, error] {
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

func TestRentWithTheFake(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	defer srv.Close()
	numbers := &consumer.Numbers{Devices: scanning{srv.Client().Devices, srv}, Screen: io.Discard}
	phone, err := numbers.Rent(context.Background(), "Support")
	if err != nil || phone == "" {
		t.Errorf("phone %q, error %v", phone, err)
	}
}
