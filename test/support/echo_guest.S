/* The boot sector of the guest that answers: it prints a line on the first serial port, then echoes
   every byte that arrives there. Between bytes it halts, so an idle guest takes no processor time.

   The addresses are those of the place the BIOS loads it to. They are worked out by the assembler
   alone, so the sector can lie anywhere in a program, as data. */

#define LOADED_AT       0x7c00
#define ADDRESS(label)  (LOADED_AT + (label) - begin)

#define PORT            0x3f8
#define DATA            (PORT + 0)
#define INTERRUPTS      (PORT + 1)
#define FIFO_CONTROL    (PORT + 2)
#define LINE_CONTROL    (PORT + 3)
#define MODEM_CONTROL   (PORT + 4)
#define LINE_STATUS     (PORT + 5)

/* QEMU hands over as many bytes at a time as it takes for an interrupt: many in a bulk; but a halted
   guest must be woken by the first. */
#define FIFO_CLEARED    0x07
#define FIFO_OF_1       0x01
#define FIFO_OF_14      0xc1
#define LOOKS_BEFORE_IDLE 400

#define RECEIVED        0x01
#define MAY_SEND        0x20

#define MASTER_COMMAND  0x20
#define MASTER_MASK     0x21
#define SLAVE_MASK      0xa1
#define END_OF_INTERRUPT 0x20
#define VECTOR          (4 * 0x0c)      /* IRQ 4, the first serial port */

    .macro set port, value
    movw $\port, %dx
    movb $\value, %al
    outb %al, %dx
    .endm

    .section .rodata
    .globl echo_guest_boot_sector
    .code16

echo_guest_boot_sector:
begin:
    cli
    cld
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %ss
    movw $LOADED_AT, %sp

    movw $ADDRESS(interrupted), VECTOR
    movw %ax, VECTOR + 2
    set MASTER_MASK, 0xef
    set SLAVE_MASK, 0xff

    set LINE_CONTROL, 0x80              /* the next two are the divisor of the line's speed */
    set DATA, 1
    set INTERRUPTS, 0
    set LINE_CONTROL, 0x03              /* 8 bits, no parity */
    set FIFO_CONTROL, FIFO_CLEARED
    set MODEM_CONTROL, 0x0b             /* with the interrupt line connected */
    set INTERRUPTS, 0x01                /* on received data */

    movw $ADDRESS(banner), %si
1:  lodsb
    testb %al, %al
    jz echo
    movb %al, %ah
    call send
    jmp 1b

echo:
    cli
    set FIFO_CONTROL, FIFO_OF_14
again:                                  /* in a bulk the next byte is about to come: look out for it */
    movw $LOOKS_BEFORE_IDLE, %cx
1:  movw $LINE_STATUS, %dx
    inb %dx, %al
    testb $RECEIVED, %al
    loopz 1b
    jz idle
    movw $DATA, %dx
    inb %dx, %al
    movb %al, %ah
    call send
    jmp again

idle:                                   /* an interrupt cannot come between sti and hlt */
    set FIFO_CONTROL, FIFO_OF_1
    sti
    hlt
    jmp echo

send:                                   /* the byte in %ah */
    movw $LINE_STATUS, %dx
1:  inb %dx, %al
    testb $MAY_SEND, %al
    jz 1b
    movw $DATA, %dx
    movb %ah, %al
    outb %al, %dx
    ret

interrupted:
    pushw %ax
    movb $END_OF_INTERRUPT, %al
    outb %al, $MASTER_COMMAND
    popw %ax
    iret

banner:
    .asciz "libvirt-asio echo guest\r\n"

    .org begin + 510
    .byte 0x55, 0xaa                    /* what tells the BIOS a boot sector */

    .section .note.GNU-stack, "", @progbits
