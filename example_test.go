package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// The examples talk to a fake of the API. With an account, the client comes from NewClientFromEnv.

func ExampleDevicesService_Pair() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	id := srv.AddDevice(whatspie.Device{Name: "Customer Service", Phone: "6289510154496"})

	soon := whatspie.WithPollInterval(10 * time.Millisecond) // the fake does not mind; leave it out for the real API
	for event, err := range client.Devices.Pair(context.Background(), id, soon) {
		if err != nil {
			log.Println(err)
			return
		}
		switch event.Kind {
		case whatspie.PairQR:
			fmt.Println("scan code", event.Sequence) // event.QR.WriteTerminal(os.Stdout)
			srv.Scan(id)                             // the person with the phone
		case whatspie.PairQRExpired:
			fmt.Println("that code has expired")
		case whatspie.PairPaired:
			fmt.Println("connected to", event.Device.Phone)
		case whatspie.PairStatus, whatspie.PairRetry:
			// Worth a log line: the loop goes on by itself.
		}
	}
	// Output:
	// scan code 1
	// connected to 6289510154496
}

func ExampleDevicesService_Watch() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	support := srv.AddDevice(whatspie.Device{Name: "Support", PairedStatus: whatspie.PairedStatusPaired})
	srv.AddDevice(whatspie.Device{Name: "Sales"})

	soon := whatspie.WithPollInterval(10 * time.Millisecond) // the fake does not mind; leave it out for the real API
	for change, err := range client.Devices.Watch(context.Background(), soon) {
		switch {
		case err != nil:
			log.Println(err)
			return
		case change.Err != nil:
			fmt.Println("for the moment:", change.Err)
		case change.Previous == nil:
			fmt.Println(change.Device.Name, "is", change.Device.PairedStatus)
		default:
			fmt.Println(change.Device.Name, "went from", change.Previous.PairedStatus, "to", change.Device.PairedStatus)
			return
		}
		if change.Device.Name == "Sales" {
			srv.Disconnect(support) // somebody logs out on the phone
		}
	}
	// Output:
	// Support is PAIRED
	// Sales is UNPAIRED
	// Support went from PAIRED to UNPAIRED
}

func ExampleDevicesService_CreateConfirmed() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	client := srv.Client()
	srv.Inject(whatspietest.Fault{Method: "POST", Lose: true}) // the device is made, the answer is lost

	device, err := client.Devices.CreateConfirmed(context.Background(), whatspie.CreateDeviceRequest{
		Package: whatspie.PackageStartup,
		Name:    "Customer Service",
	})
	var unconfirmed *whatspie.UnconfirmedError
	switch {
	case errors.As(err, &unconfirmed):
		fmt.Println("it may be one of", len(unconfirmed.Candidates))
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("created", device.Name)
	}
	// Output:
	// created Customer Service
}

func ExampleDevicesService_Create() {
	srv := whatspietest.NewServer(whatspietest.WithDeviceLimit(1))
	defer srv.Close()
	client := srv.Client()
	for _, name := range []string{"Support", "Sales"} {
		_, err := client.Devices.Create(context.Background(), whatspie.CreateDeviceRequest{
			Package: whatspie.PackageStartup,
			Name:    name,
		})
		var failed *whatspie.APIError
		switch {
		case errors.Is(err, whatspie.ErrDeviceLimit) && errors.As(err, &failed):
			fmt.Println(failed.Detail)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println("created", name)
		}
	}
	// Output:
	// created Support
	// Maximum number of devices reached for your plan
}
