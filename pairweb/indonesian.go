package pairweb

const hubungiPengelola = "Silakan hubungi pengelola situs ini."

var indonesian = Texts{
	Heading:      "Hubungkan WhatsApp",
	StepsHeading: "Di ponsel",
	Steps: []string{
		"Buka *WhatsApp*",
		"Di menu *⋮* atau *Pengaturan*, ketuk *Perangkat tertaut*",
		"Ketuk *Tautkan perangkat*",
		"Arahkan kamera ke kode ini",
	},
	OtherScreen: "Ingin menghubungkan ponsel ini? Buka halaman ini di layar lain.",
	NoScript:    "Halaman ini memerlukan JavaScript untuk menampilkan kode. Aktifkan JavaScript, lalu muat ulang halaman.",

	Waiting:      "Mengambil kode…",
	Renewing:     "Mengambil kode baru…",
	Slow:         "Ini lebih lama dari biasanya. Masih mencoba.",
	Reconnecting: "Menghubungkan kembali…",

	Scan:           Message{"Pindai kode ini", "Kode diganti saat kedaluwarsa."},
	ScanNext:       Message{"Pindai kode baru ini", "Kode diganti saat kedaluwarsa."},
	OpenLink:       Message{"Buka kode, lalu pindai", "Kode diganti saat kedaluwarsa."},
	OpenLinkButton: "Buka kode",
	SlowScan:       "Kode dapat dipindai. Proses menghubungkan mungkin lebih lama dari biasanya.",
	CodeAlt:        "Kode QR untuk WhatsApp",
	ExpiredCodeAlt: "Kode QR ini sudah kedaluwarsa",
	BrokenCodeAlt:  "Kode QR ini tidak dapat ditampilkan",

	Finishing:  Message{"Menyelesaikan…", "Biarkan WhatsApp tetap terbuka di ponsel. Jika belum memindai kode, kode baru akan muncul."},
	Connected:  "Terhubung",
	ReturnLink: "Lanjutkan",
	TryAgain:   "Coba lagi",

	NotInTime:   Message{"Tidak ada ponsel yang terhubung tepat waktu", "Siapkan ponsel Anda, lalu coba lagi."},
	NoCode:      Message{"Saat ini tidak ada kode", "Coba lagi dalam beberapa menit."},
	Unconfirmed: Message{"Koneksi belum dikonfirmasi", "Ponsel Anda mungkin sudah terhubung. Coba lagi sebentar lagi."},
	Suspended:   Message{"Perangkat ini ditangguhkan", "Saat ini ponsel tidak dapat dihubungkan ke perangkat ini. " + hubungiPengelola},
	NotFound:    Message{"Perangkat ini tidak ada", "Mungkin perangkat sudah dihapus. " + hubungiPengelola},
	Unavailable: Message{"Situs ini sedang tidak dapat menghubungkan ponsel", hubungiPengelola},
	Failed:      Message{"Tidak berhasil", hubungiPengelola},
	SignedOut:   Message{"Anda tidak lagi memiliki akses", "Masuk kembali, lalu buka lagi halaman ini."},
	Denied:      Message{"Tidak ada akses", "Anda tidak dapat melihat halaman ini. Masuk dahulu, atau minta tautan yang benar."},
}
