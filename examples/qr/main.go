// Command qr shows the current QR code of a device. The pair example also shows the codes that follow.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() {
		log.Print("qr shows the QR code that connects a phone to a device.\n\nusage: qr -id ID [-png FILE]")
		flag.PrintDefaults()
	}
	id := flag.Int64("id", 0, "`ID` of the device")
	file := flag.String("png", "", "write the code to this `file` instead of the terminal")
	flag.Parse()
	client := demo.Client("id=2") // in your program: client, err := whatspie.NewClientFromEnv()
	if *id < 1 || flag.NArg() > 0 {
		log.Print("qr needs -id with a positive number, and takes no arguments.\n\n")
		flag.Usage()
		os.Exit(2)
	}

	ctx := context.Background()
	code, err := client.Devices.QR(ctx, *id)
	switch {
	case errors.Is(err, whatspie.ErrDeviceConnected):
		log.Fatal("A phone is already connected to this device.")
	case errors.Is(err, whatspie.ErrDeviceNotFound):
		log.Fatalf("The account has no device %d.", *id)
	case err != nil:
		log.Fatal(err)
	case code.URL() != "":
		_, err = fmt.Printf("The API sent a link to the code: %q\n", code.URL())
	case *file != "":
		_ = os.Remove(*file) // WriteFile would keep an existing file's mode, which may let others read it
		err = os.WriteFile(*file, code.PNG(), 0o600)
	default:
		err = show(ctx, client, *id, code)
	}
	if err != nil {
		log.Fatal(err)
	}
}
