// Made by `npm run sdk` from the OpenAPI document of the market service. Do not edit.
export interface paths {
    "/market/v1/classes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List classes: what nodes there are */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NodeClass"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/asks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your own asks */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ask"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Offer nodes */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Of your choice, used once; made where it is left out */
                        id?: string;
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                        /** @description See GET /classes */
                        class: string;
                        nodes: number;
                        /**
                         * Format: date-time
                         * @description Now, where it is left out
                         */
                        start?: string;
                        /** Format: date-time */
                        end: string;
                        /** @description What you must receive for a node and slot, after the fee */
                        reserve: string;
                        /**
                         * @description Null: firm. Else you may recall nodes, with so many slots of notice
                         * @default null
                         */
                        noticeSlots?: number | null;
                        /**
                         * @description In slots
                         * @default 1
                         */
                        minLease?: number;
                        /**
                         * @description Whom you let to; null is anyone
                         * @default null
                         */
                        allow?: string[] | null;
                        /** @default null */
                        maxPerBuyer?: number | null;
                        /** @description That of the class, where it is left out; not above it */
                        tier?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ask"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/bids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your own bids */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Bid"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Bid for nodes */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Of your choice, used once; made where it is left out */
                        id?: string;
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                        /** @description All nodes are of one of them */
                        classes: string[];
                        nodes: number;
                        /** @description How long */
                        slots: number;
                        /**
                         * Format: date-time
                         * @description The first start that will do; now, where it is left out
                         */
                        earliest?: string;
                        /**
                         * Format: date-time
                         * @description The last; the first, where it is left out
                         */
                        latest?: string;
                        /** @description What a node and slot is worth to you, fee included; you never pay more */
                        limit: string;
                        /**
                         * @description Null: firm nodes only. Else recallable ones, with at least so many slots of notice
                         * @default null
                         */
                        minNoticeSlots?: number | null;
                        /** @default false */
                        sameOwner?: boolean;
                        /**
                         * @description Of security: 0 open, 1 attested, 2 encrypted
                         * @default 0
                         */
                        tier?: number;
                        /** @description Your secret until the batch is disclosed */
                        nonce?: string;
                        /**
                         * Format: date-time
                         * @description A day from now, where it is left out
                         */
                        expires?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Bid"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/asks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one of your asks */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ask"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/bids/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one of your bids */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Bid"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/asks/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Offer no more of it; what is let runs on */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/bids/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a bid back, before it has won */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/leases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List leases: those that you have, and those of your nodes */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketLease"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/leases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a lease */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketLease"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/leases/{id}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that you use a reservation: one that nobody claims is let to others */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketLease"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/leases/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep the same nodes for longer */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                        slots: number;
                        /** @description Micro-credits, as a string of decimal digits */
                        limit: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketLease"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/leases/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Leave early */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketLease"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/leases/{id}/sublease": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Offer nodes of a lease to others */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Of your choice, used once; made where it is left out */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                        /** @description Of your choice, used once; made where it is left out */
                        ask?: string;
                        nodes: number;
                        /** Format: date-time */
                        end: string;
                        /** @description Micro-credits, as a string of decimal digits */
                        reserve: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            ask: string;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/recalls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Want nodes of yours back: idle ones, then recallable ones after their notice */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description The project that acts; needed where you have several */
                        party?: string;
                        class: string;
                        nodes: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/parts/{part}/failure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that an owner does not deliver: its tenant is moved or compensated */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    part: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/auctions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List auctions, oldest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Auction"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/auctions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an auction, with the hashes of the orders in it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Commitment"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/auctions/{number}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All that went in and came out, as the text that its hash is of */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transcript: string;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/auctions/{number}/names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The names that you have in an auction; an auditor sees every party's */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path: {
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchName"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/accounts/{party}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what a party has */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    party: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/funds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the market's own funds hold */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Funds"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/ledger/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List ledger entries, oldest first: an auditor sees all, a party its own */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LedgerEntry"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/ledger/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow the chain of the ledger; anyone may */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            entries: number;
                            head: string;
                            fault: string | null;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List classes, their index and forward curve */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Price"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/quotes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a bid would need: its deposit, and at most what it costs. It tells nothing of the book */
        get: {
            parameters: {
                query: {
                    nodes: number;
                    slots: number;
                    /** @description Micro-credits, as a string of decimal digits */
                    limit: string;
                    earliest?: string;
                    /** @description The project that acts; needed where you have several */
                    party?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Micro-credits, as a string of decimal digits */
                            deposit: string;
                            /** @description Micro-credits, as a string of decimal digits */
                            most: string;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/nodes/{node}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Enroll a node: attest what it is, and whose */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        owner: string;
                        attributes: {
                            [key: string]: string | number | boolean;
                        };
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            class: string;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        post?: never;
        /** Take a node out of the market */
        delete: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    node: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List enrolled nodes that you own */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketNode"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/credits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make credits, or take back what was made by mistake */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        party?: string;
                        /** @enum {string} */
                        fund?: "fee" | "insurance" | "subsidy";
                        /** @description Micro-credits, as a string of decimal digits */
                        amount: string;
                        /**
                         * @description Take them back, of what is free
                         * @default false
                         */
                        take?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            balance: string;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/parties/{party}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Say who stands behind a party: what is given once is given once to each */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    party: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                        legal: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/parties/{party}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand an account over to the project that has its name now */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
                    party: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/halt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Stop new orders and clearings, or go on; leases run on either way */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        halted: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Done"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who this token is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            role: string;
                            projects: string[];
                            project: string | null;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the market is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketHealth"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the numbers of the rules */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketRules"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        /** Set numbers of the rules, from now on: what a recall or a failure costs is by those of its day */
        put: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and request are given the same answer again */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Slots: how far ahead can be let */
                        horizon?: number;
                        /** @description Millionths: the fee, of what an owner receives */
                        feePpm?: number;
                        /** @description Millionths: of the fee, what the insurance fund gets */
                        insurancePpm?: number;
                        /** @description Bids that a batch is cleared for the greatest surplus with */
                        exactUpTo?: number;
                        /** @description And as long as the search takes no more steps */
                        exactSteps?: number;
                        /** @description Slots: what starts within them is paid in full at once */
                        spotSlots?: number;
                        deposit?: {
                            /** @description Millionths: of the price, what a reservation puts down at least */
                            minPpm?: number;
                            /** @description Millionths: more for each day ahead */
                            perDayPpm?: number;
                            /** @description Millionths: at most */
                            maxPpm?: number;
                        };
                        /** @description Slots: after them, a reservation that nobody claimed is a no-show */
                        graceSlots?: number;
                        bond?: {
                            /** @description Millionths: what an owner stands in with, of its reserve */
                            ppm?: number;
                            /** @description Slots: for at most so many */
                            slots?: number;
                        };
                        recall?: {
                            /** @description Millionths: what a recall costs, of the price of what is lost */
                            ppm?: number;
                            /** @description Slots: for at most so many */
                            slots?: number;
                        };
                        failure?: {
                            /** @description Millionths: what a failure costs, of the price of what is lost */
                            ppm?: number;
                            /** @description Slots: for at most so many */
                            slots?: number;
                        };
                        /** @description Slots in a row without its nodes after which an owner has failed */
                        failAfterSlots?: number;
                        /** @description Millionths: what leaving early costs, of what is not used */
                        earlyPpm?: number;
                        /** @description Millionths: how far above the median of a week a trade may lie */
                        bandPpm?: number;
                        /** @description How often that doubles where trades are held */
                        heldMax?: number;
                        /** @description Trades in a week without which nothing is held */
                        bandTrades?: number;
                        /** @description Millionths: what a bid gains in rank by each batch that it waits */
                        agingPpm?: number;
                        /** @description Milliseconds: how long a party is new */
                        newcomerMs?: number;
                        /** @description Millionths: how much higher a new buyer ranks */
                        newcomerPpm?: number;
                        /** @description Millionths: how much cheaper the asks of a new owner rank */
                        subsidyPpm?: number;
                        /** @description Orders of a legal owner between two clearings */
                        orderRate?: number;
                        /** @description Orders of a legal owner that are open */
                        openMax?: number;
                        /** @description Milliseconds: how long a bid may wait */
                        bidLifeMs?: number;
                        /** @description Micro-credits: open bids of a legal owner, at their limits */
                        notionalMax?: string;
                        /** @description Millionths: of a class, what one legal owner may reserve */
                        sharePpm?: number;
                        /** @description Millionths: of what is offered firm of a class, with more of which by one legal owner the operator is told */
                        alarmPpm?: number;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MarketRules"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/operations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an operation; waits up to `wait` seconds for its end */
        get: {
            parameters: {
                query?: {
                    wait?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Operation"];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened, oldest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Event"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens, as server-sent events: after `Last-Event-ID` or `after`, else from now on */
        get: {
            parameters: {
                query?: {
                    after?: number;
                };
                header?: {
                    "last-event-id"?: number;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asked for which change, oldest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    /** @description The `x-next-cursor` of the page before */
                    after?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditLine"][];
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow the chain of the audit log */
        get: {
            parameters: {
                query?: {
                    /** @description SEQUENCE:HASH of a line that was kept elsewhere */
                    checkpoint?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            lines: number;
                            /** @description Keep it elsewhere: a checkpoint */
                            head: {
                                sequence: number;
                                hash: string;
                            };
                            /** @description The first thing that is wrong */
                            fault: string | null;
                        };
                    };
                };
                /** @description Default Response */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
                /** @description Default Response */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ErrorInput: {
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            };
        };
        OperationInput: {
            id: string;
            kind: string;
            subject: string;
            project: string | null;
            /** @enum {string} */
            state: "running" | "succeeded" | "failed";
            steps: {
                name: string;
                startedAt: string;
                finishedAt?: string;
                /** @description What is being waited for */
                note?: string;
            }[];
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            } | null;
            createdAt: string;
            finishedAt: string | null;
        };
        DoneInput: Record<string, never>;
        StartedInput: {
            /** @description Follow it at /operations/{id} */
            operation: string;
        };
        HookInput: {
            name: string;
            subject: string | null;
            url: string;
            timeoutSeconds: number;
        };
        UserInput: {
            name: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            disabled: boolean;
            projects: string[];
        };
        TokenInput: {
            id: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            project: string | null;
            user: string | null;
            label: string;
            createdAt: string;
            expiresAt: string | null;
            /** @description By the hour */
            lastUsedAt: string | null;
        };
        EventInput: {
            sequence: number;
            at: string;
            kind: string;
            subject: string;
            project: string | null;
            data: {
                [key: string]: unknown;
            };
        };
        AuditLineInput: {
            sequence: number;
            at: string;
            /** @description token/ID, user/NAME, oidc/SUBJECT, or the service itself */
            actor: string;
            label: string;
            address: string | null;
            request: string | null;
            action: string;
            /** @description What was sent, as JSON without secrets */
            input: string | null;
            /** @enum {string} */
            outcome: "done" | "begun" | "refused" | "failed";
            code: string | null;
            hash: string;
        };
        NetworkInput: {
            name: string;
            /** @description `PROJECT/NAME`, or `NAME` for the operator's */
            fullName: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @description Shown to operators */
            vlan?: number;
            /** @description Its ports cannot reach one another, only ports that are not isolated */
            isolated: boolean;
            public: boolean;
            access: string[];
        };
        NodeInput: {
            name: string;
            /** @description Who holds it; null is nobody, or not yours to know */
            project: string | null;
            /** @description The time that it holds it */
            allocation: string | null;
            /** @description null is the data centre */
            owner: string | null;
            /** @description Why it is given to operators alone */
            maintenance: string | null;
            /** @description The one that it is held by */
            lease: {
                id: string;
                project: string;
                endsAt: string;
                recalledAt: string | null;
            } | null;
            /** @enum {string} */
            state: "free" | "allocated" | "releasing";
            /** @enum {string} */
            firmware: "bios" | "uefi";
            nics: {
                name: string;
                mac: string;
                switch?: string;
                port?: string;
                networks: {
                    /** @description Its full name */
                    network: string;
                    /** @enum {string} */
                    mode: "native" | "tagged";
                    /** @enum {string} */
                    state: "attaching" | "attached" | "detaching";
                }[];
            }[];
            /** @description What the operator noted */
            metadata: {
                [key: string]: unknown;
            };
        };
        PowerInput: {
            /** @enum {string} */
            power: "on" | "off";
        };
        ProjectInput: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
        };
        ProjectDetailsInput: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
            createdAt: string;
            quota: {
                /** @description null is as many as there are */
                nodes: number | null;
                /** @description null is as many as there are */
                networks: number | null;
            };
            used: {
                nodes: number;
                networks: number;
            };
        };
        SwitchInput: {
            name: string;
            driver: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            ports: number;
        };
        PortInput: {
            name: string;
            /** @description The NIC at the other end, as node/nic */
            nic: string | null;
            /** @enum {string} */
            state: "pending" | "verified" | "failed" | "drifted";
            wanted: string;
            observed: string;
            error: string | null;
        };
        SwitchDiffInput: {
            switch: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            /** @description How many registered ports were read */
            read: number;
            /** @description Those that are not as they should be */
            ports: {
                name: string;
                nic: string | null;
                /**
                 * @description A pending one is being changed
                 * @enum {string}
                 */
                state: "pending" | "verified" | "failed" | "drifted";
                wanted: string;
                found: string;
            }[];
            /** @description Other ports that carry VLANs of networks: links between switches and machines of the operator do */
            unregistered: {
                name: string;
                found: string;
                networks: string[];
            }[];
        };
        ConsoleMatchesInput: {
            matches: {
                /** @description Where the line begins in the log, in bytes */
                offset: number;
                /** @description When it was printed, within a quarter of a second */
                at: string | null;
                line: string;
                before: string[];
                after: string[];
            }[];
            /** @description Send it as `after` to go on; null when all was searched */
            next: number | null;
        };
        ConsoleLogInput: {
            allocation: string;
            node: string;
            project: string;
            startedAt: string;
            /** @description Null while the project holds the node */
            endedAt: string | null;
            /** @description What is kept of it */
            bytes: number;
        };
        FactsInput: {
            system: {
                vendor?: string;
                product?: string;
                serial?: string;
                bios?: string;
                firmware?: string;
                tpm?: string;
            };
            cpu: {
                model?: string;
                sockets: number;
                threads: number;
            };
            memoryBytes: number;
            disks: {
                name: string;
                bytes: number;
                model?: string;
                serial?: string;
                rotational?: boolean;
            }[];
            nics: {
                name: string;
                mac: string;
                link: boolean;
                megabits?: number;
                /** @description The switch that it heard by LLDP; shown to operators */
                neighbour?: {
                    chassisId: string;
                    portId: string;
                    systemName?: string;
                };
            }[];
        };
        HealthInput: {
            /** @enum {string} */
            status: "ok" | "degraded" | "failed";
            bmc: {
                reachable: boolean;
                power: ("on" | "off") | null;
                readAt: string | null;
                error: {
                    code: string;
                    message: string;
                    at: string;
                } | null;
            };
            ports: {
                nic: string;
                /** @enum {string} */
                state: "pending" | "verified" | "failed";
                /** @description Shown to operators */
                error: string | null;
            }[];
        };
        LeaseInput: {
            id: string;
            node: string;
            /** @description null is the data centre */
            owner: string | null;
            /** @description The tenant */
            project: string;
            startsAt: string;
            endsAt: string;
            noticeSeconds: number;
            recalledAt: string | null;
            /** @enum {string} */
            state: "scheduled" | "active" | "ended";
            /** @description Why what is due has not happened yet */
            cause: string | null;
            endedAt: string | null;
        };
        LatencyInput: {
            count: number;
            sumUs: number;
            /** @description Not cumulative; powers of two */
            buckets: {
                belowUs: number;
                count: number;
            }[];
        };
        TrafficFiguresInput: {
            reads: number;
            writes: number;
            flushes: number;
            readBytes: number;
            writtenBytes: number;
            errors: number;
            /** @description Blocks of images that the shared cache had */
            cacheHits: number;
            cacheMisses: number;
            latency: {
                read: components["schemas"]["LatencyInput"];
                write: components["schemas"]["LatencyInput"];
                flush: components["schemas"]["LatencyInput"];
            };
        };
        BootTrafficInput: {
            boot: string;
            node: string;
            project: string;
            volume: string;
            image: string;
            lease: string | null;
            begunAt: string;
            updatedAt: string;
            figures: components["schemas"]["TrafficFiguresInput"];
            /** @description Cumulative; ms since the boot was asked for */
            points: {
                ms: number;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        TrafficInput: {
            /** @description The oldest first */
            boots: components["schemas"]["BootTrafficInput"][];
            total: components["schemas"]["TrafficFiguresInput"];
            /** @description The sum of all, cumulative */
            points: {
                at: string;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        ImageInput: {
            name: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @enum {string} */
            kind: "image" | "snapshot";
            /** @enum {string} */
            state: "uploading" | "sealed";
            public: boolean;
            /** @description 0 until it is known */
            sizeBytes: number;
            sha256: string | null;
            parent: string | null;
            /** @description Projects that may boot it; told to its owner alone */
            sharedWith: string[];
            createdAt: string;
        };
        ScriptOutputInput: {
            /** @description The last 256 KiB of it */
            output: string;
            at: string;
        };
        BootReportInput: {
            /**
             * @description As far as a disk can tell: it was not booted
             * @enum {string}
             */
            boots: "yes" | "no" | "unknown";
            system?: string;
            findings: {
                what: string;
                /** @enum {string} */
                state: "ok" | "missing" | "unknown";
                found: string;
                todo?: string;
            }[];
        };
        VolumeInput: {
            name: string;
            project: string;
            image: string;
            sizeBytes: number;
            /** @description What it takes by itself, beyond what it shares with its image */
            ownBytes: number;
            /** @description The node that runs from it now */
            node: string | null;
            createdAt: string;
        };
        DeletedInput: {
            id: string;
            /** @enum {string} */
            kind: "image" | "volume";
            name: string;
            project: string | null;
            deletedAt: string;
            /** @description It goes earlier where its space is needed */
            keptUntil: string;
        };
        SpareInput: {
            /** @description This node */
            node?: string;
            /** @description Or any whose label "class" says this */
            class?: string;
        };
        BootInput: {
            id: string;
            node: string;
            project: string;
            image: string;
            volume: string;
            /**
             * @description diskless: the disk stays on the network; copy: the image is written to the local disk, which is booted then; ram: the image is held in memory
             * @enum {string}
             */
            mode: "diskless" | "copy" | "ram";
            /** @description The boot group that it was asked for with */
            group: string | null;
            /** @enum {string} */
            priority: "low" | "normal" | "high";
            /** @enum {string} */
            state: "booting" | "running" | "failed" | "ending" | "ended";
            operation: string;
            /** @description On the provisioning network; empty until another DHCP server has given one */
            address: string;
            hostname: string;
            /** @description Made before the boot; of an image that makes its own, as the node reported them */
            sshHostKeys: string[];
            timeline: {
                stage: string;
                at: string;
            }[];
            phases: {
                /** @enum {string} */
                phase: "queue" | "control" | "firmware" | "dhcp" | "ipxe" | "kernel" | "copy" | "reboot" | "disk-firmware" | "disk-kernel" | "userland";
                milliseconds: number;
            }[];
            error: {
                code: string;
                message: string;
                hint?: string;
            } | null;
            createdAt: string;
        };
        BootGroupInput: {
            id: string;
            project: string;
            image: string;
            /** @description How many nodes were asked for */
            count: number;
            /** @enum {string} */
            state: "booting" | "running" | "incomplete" | "ended";
            operation: string;
            tally: {
                waiting: number;
                booting: number;
                running: number;
                failed: number;
                ended: number;
            };
            members: {
                node: string;
                /** @description None where the node was passed over */
                boot: string | null;
                /** @enum {string} */
                state: "booting" | "running" | "failed" | "ending" | "ended" | "passed-over";
                /** @description The last that it reached */
                stage: string | null;
                address: string | null;
                error: {
                    code: string;
                    message: string;
                    hint?: string;
                } | null;
            }[];
            createdAt: string;
        };
        AdmissionInput: {
            /** @description So many nodes come up at the same time */
            bound: number;
            comingUp: number;
            waiting: number;
        };
        AuctionInput: {
            number: number;
            committedAt: string;
            /** @description The commitment: published before the clearing */
            root: string;
            /** @description Of the transcript; null until it has cleared, and where it was dropped */
            hash: string | null;
            /** @description Of the transcript before */
            previous: string | null;
        };
        BatchNameInput: {
            party: string;
            /** @description In the commitment and the transcript of this auction alone */
            name: string;
            /** @description What the party's name and those of its orders follow from; null where they are its own */
            key: string | null;
        };
        NodeClassInput: {
            id: string;
            attributes: {
                [key: string]: string | number | boolean;
            };
            /** @description Enrolled, of all owners; how many are offered nobody is told */
            nodes: number;
            /** @description Of a node and slot: the median of a day; null: none was let yet */
            index: string | null;
        };
        MarketNodeInput: {
            id: string;
            owner: string;
            class: string;
        };
        MarketLeaseInput: {
            id: string;
            buyer: string;
            class: string;
            nodes: number;
            start: string;
            end: string;
            /** @description Per node and slot */
            price: string;
            /** @enum {string} */
            state: "reserved" | "active" | "ended";
            /** @description Micro-credits, as a string of decimal digits */
            held: string;
            claimed: boolean;
            why: string | null;
            parts: {
                id: string;
                ask: string;
                owner: string;
                nodes: number;
                start: string;
                end: string;
                /** @description Micro-credits, as a string of decimal digits */
                price: string;
                recalled: boolean;
                /** @description The nodes themselves, as long as the tenant has them */
                machines: string[];
                /** @description Nodes that are chosen, or on their way back, and why the tenant has them not */
                waiting: {
                    node: string;
                    why: string;
                }[];
            }[];
            /** @description A reservation that its tenant has not claimed by then is lost, and its deposit; null: none is due */
            claimBy: string | null;
        };
        AccountInput: {
            party: string;
            /** @description Micro-credits, as a string of decimal digits */
            free: string;
            /** @description Micro-credits, as a string of decimal digits */
            escrow: string;
            /** @description Micro-credits, as a string of decimal digits */
            bond: string;
            strikes: number;
            since: string;
        };
        FundsInput: {
            /** @description What the market has earned and not given to the insurance */
            fee: string;
            /** @description What pays where an owner that failed cannot */
            insurance: string;
            /** @description What newcomers can still be helped with */
            subsidy: string;
            /** @description Subsidies of leases that have not run yet */
            promised: string;
        };
        LedgerEntryInput: {
            sequence: number;
            at: number;
            key: string;
            memo: string;
            hash: string;
            lines: {
                account: string;
                /** @description Micro-credits, as a string of decimal digits */
                amount: string;
            }[];
        };
        PriceInput: {
            class: string;
            attributes: {
                [key: string]: string | number | boolean;
            };
            /** @description Of a node and slot: the median of a day */
            index: string | null;
            held: number;
            forward: {
                day: number;
                /** @description Micro-credits, as a string of decimal digits */
                price: string;
                volume: number;
            }[];
        };
        AskInput: {
            id: string;
            owner: string;
            class: string;
            nodes: number;
            start: string;
            end: string;
            /** @description Micro-credits, as a string of decimal digits */
            reserve: string;
            noticeSlots: number | null;
            /** @description Micro-credits, as a string of decimal digits */
            bond: string;
            withdrawn: boolean;
            /** @description Nodes that nobody has let for any of its time that is left */
            idle: number;
            minLease: number;
            allow: string[] | null;
            maxPerBuyer: number | null;
            tier: number;
            placedAt: string;
            /** @description The lease whose nodes are sub-let */
            parent: string | null;
        };
        BidInput: {
            id: string;
            buyer: string;
            classes: string[];
            nodes: number;
            slots: number;
            earliest: string;
            latest: string;
            /** @description Micro-credits, as a string of decimal digits */
            limit: string;
            /** @description Micro-credits, as a string of decimal digits */
            hold: string;
            expires: string;
            /** @description Won as a reservation, it must be claimed within so many slots of its start; null: it starts too soon */
            claimSlots: number | null;
            /** @description Clearings that it has waited for */
            waited: number;
            nonce: string;
            minNoticeSlots: number | null;
            sameOwner: boolean;
            tier: number;
            placedAt: string;
        };
        MarketRulesInput: {
            /** @description Slots: how far ahead can be let */
            horizon: number;
            /** @description Millionths: the fee, of what an owner receives */
            feePpm: number;
            /** @description Millionths: of the fee, what the insurance fund gets */
            insurancePpm: number;
            /** @description Bids that a batch is cleared for the greatest surplus with */
            exactUpTo: number;
            /** @description And as long as the search takes no more steps */
            exactSteps: number;
            /** @description Slots: what starts within them is paid in full at once */
            spotSlots: number;
            deposit: {
                /** @description Millionths: of the price, what a reservation puts down at least */
                minPpm: number;
                /** @description Millionths: more for each day ahead */
                perDayPpm: number;
                /** @description Millionths: at most */
                maxPpm: number;
            };
            /** @description Slots: after them, a reservation that nobody claimed is a no-show */
            graceSlots: number;
            bond: {
                /** @description Millionths: what an owner stands in with, of its reserve */
                ppm: number;
                /** @description Slots: for at most so many */
                slots: number;
            };
            recall: {
                /** @description Millionths: what a recall costs, of the price of what is lost */
                ppm: number;
                /** @description Slots: for at most so many */
                slots: number;
            };
            failure: {
                /** @description Millionths: what a failure costs, of the price of what is lost */
                ppm: number;
                /** @description Slots: for at most so many */
                slots: number;
            };
            /** @description Slots in a row without its nodes after which an owner has failed */
            failAfterSlots: number;
            /** @description Millionths: what leaving early costs, of what is not used */
            earlyPpm: number;
            /** @description Millionths: how far above the median of a week a trade may lie */
            bandPpm: number;
            /** @description How often that doubles where trades are held */
            heldMax: number;
            /** @description Trades in a week without which nothing is held */
            bandTrades: number;
            /** @description Millionths: what a bid gains in rank by each batch that it waits */
            agingPpm: number;
            /** @description Milliseconds: how long a party is new */
            newcomerMs: number;
            /** @description Millionths: how much higher a new buyer ranks */
            newcomerPpm: number;
            /** @description Millionths: how much cheaper the asks of a new owner rank */
            subsidyPpm: number;
            /** @description Orders of a legal owner between two clearings */
            orderRate: number;
            /** @description Orders of a legal owner that are open */
            openMax: number;
            /** @description Milliseconds: how long a bid may wait */
            bidLifeMs: number;
            /** @description Micro-credits: open bids of a legal owner, at their limits */
            notionalMax: string;
            /** @description Millionths: of a class, what one legal owner may reserve */
            sharePpm: number;
            /** @description Millionths: of what is offered firm of a class, with more of which by one legal owner the operator is told */
            alarmPpm: number;
            rules: number;
            slotMs: number;
            inventory: boolean;
        };
        CommitmentInput: {
            number: number;
            committedAt: string;
            /** @description The commitment: published before the clearing */
            root: string;
            /** @description Of the transcript; null until it has cleared, and where it was dropped */
            hash: string | null;
            /** @description Of the transcript before */
            previous: string | null;
            asks: string[];
            bids: string[];
        };
        MarketHealthInput: {
            halted: boolean;
            sequence: number;
            ledger: string;
            slotMs: number;
            slot: number;
            auctions: number;
            leases: number;
            undelivered: number;
            /** @description Classes of whose firm supply one legal owner has more than the rules would have it */
            concentrated: {
                class: string;
                ppm: number;
            }[];
        };
        Error: {
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            };
        };
        Operation: {
            id: string;
            kind: string;
            subject: string;
            project: string | null;
            /** @enum {string} */
            state: "running" | "succeeded" | "failed";
            steps: {
                name: string;
                startedAt: string;
                finishedAt?: string;
                /** @description What is being waited for */
                note?: string;
            }[];
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description What was tried, on what, and why it failed */
                message: string;
                /** @description What to do next */
                hint?: string;
                details?: {
                    [key: string]: unknown;
                };
            } | null;
            createdAt: string;
            finishedAt: string | null;
        };
        Done: Record<string, never>;
        Started: {
            /** @description Follow it at /operations/{id} */
            operation: string;
        };
        Hook: {
            name: string;
            subject: string | null;
            url: string;
            timeoutSeconds: number;
        };
        User: {
            name: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            disabled: boolean;
            projects: string[];
        };
        Token: {
            id: string;
            /** @enum {string} */
            role: "admin" | "operator" | "service" | "member" | "auditor";
            project: string | null;
            user: string | null;
            label: string;
            createdAt: string;
            expiresAt: string | null;
            /** @description By the hour */
            lastUsedAt: string | null;
        };
        Event: {
            sequence: number;
            at: string;
            kind: string;
            subject: string;
            project: string | null;
            data: {
                [key: string]: unknown;
            };
        };
        AuditLine: {
            sequence: number;
            at: string;
            /** @description token/ID, user/NAME, oidc/SUBJECT, or the service itself */
            actor: string;
            label: string;
            address: string | null;
            request: string | null;
            action: string;
            /** @description What was sent, as JSON without secrets */
            input: string | null;
            /** @enum {string} */
            outcome: "done" | "begun" | "refused" | "failed";
            code: string | null;
            hash: string;
        };
        Network: {
            name: string;
            /** @description `PROJECT/NAME`, or `NAME` for the operator's */
            fullName: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @description Shown to operators */
            vlan?: number;
            /** @description Its ports cannot reach one another, only ports that are not isolated */
            isolated: boolean;
            public: boolean;
            access: string[];
        };
        Node: {
            name: string;
            /** @description Who holds it; null is nobody, or not yours to know */
            project: string | null;
            /** @description The time that it holds it */
            allocation: string | null;
            /** @description null is the data centre */
            owner: string | null;
            /** @description Why it is given to operators alone */
            maintenance: string | null;
            /** @description The one that it is held by */
            lease: {
                id: string;
                project: string;
                endsAt: string;
                recalledAt: string | null;
            } | null;
            /** @enum {string} */
            state: "free" | "allocated" | "releasing";
            /** @enum {string} */
            firmware: "bios" | "uefi";
            nics: {
                name: string;
                mac: string;
                switch?: string;
                port?: string;
                networks: {
                    /** @description Its full name */
                    network: string;
                    /** @enum {string} */
                    mode: "native" | "tagged";
                    /** @enum {string} */
                    state: "attaching" | "attached" | "detaching";
                }[];
            }[];
            /** @description What the operator noted */
            metadata: {
                [key: string]: unknown;
            };
        };
        Power: {
            /** @enum {string} */
            power: "on" | "off";
        };
        Project: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
        };
        ProjectDetails: {
            /** @description A name: 1 to 63 letters, digits, ".", "_" or "-" */
            name: string;
            createdAt: string;
            quota: {
                /** @description null is as many as there are */
                nodes: number | null;
                /** @description null is as many as there are */
                networks: number | null;
            };
            used: {
                nodes: number;
                networks: number;
            };
        };
        Switch: {
            name: string;
            driver: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            ports: number;
        };
        Port: {
            name: string;
            /** @description The NIC at the other end, as node/nic */
            nic: string | null;
            /** @enum {string} */
            state: "pending" | "verified" | "failed" | "drifted";
            wanted: string;
            observed: string;
            error: string | null;
        };
        SwitchDiff: {
            switch: string;
            /**
             * @description What is done about a port that somebody else changed; what it carries too much is taken off in any case
             * @enum {string}
             */
            drift: "repair" | "report";
            /** @description How many registered ports were read */
            read: number;
            /** @description Those that are not as they should be */
            ports: {
                name: string;
                nic: string | null;
                /**
                 * @description A pending one is being changed
                 * @enum {string}
                 */
                state: "pending" | "verified" | "failed" | "drifted";
                wanted: string;
                found: string;
            }[];
            /** @description Other ports that carry VLANs of networks: links between switches and machines of the operator do */
            unregistered: {
                name: string;
                found: string;
                networks: string[];
            }[];
        };
        ConsoleMatches: {
            matches: {
                /** @description Where the line begins in the log, in bytes */
                offset: number;
                /** @description When it was printed, within a quarter of a second */
                at: string | null;
                line: string;
                before: string[];
                after: string[];
            }[];
            /** @description Send it as `after` to go on; null when all was searched */
            next: number | null;
        };
        ConsoleLog: {
            allocation: string;
            node: string;
            project: string;
            startedAt: string;
            /** @description Null while the project holds the node */
            endedAt: string | null;
            /** @description What is kept of it */
            bytes: number;
        };
        Facts: {
            system: {
                vendor?: string;
                product?: string;
                serial?: string;
                bios?: string;
                firmware?: string;
                tpm?: string;
            };
            cpu: {
                model?: string;
                sockets: number;
                threads: number;
            };
            memoryBytes: number;
            disks: {
                name: string;
                bytes: number;
                model?: string;
                serial?: string;
                rotational?: boolean;
            }[];
            nics: {
                name: string;
                mac: string;
                link: boolean;
                megabits?: number;
                /** @description The switch that it heard by LLDP; shown to operators */
                neighbour?: {
                    chassisId: string;
                    portId: string;
                    systemName?: string;
                };
            }[];
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "degraded" | "failed";
            bmc: {
                reachable: boolean;
                power: ("on" | "off") | null;
                readAt: string | null;
                error: {
                    code: string;
                    message: string;
                    at: string;
                } | null;
            };
            ports: {
                nic: string;
                /** @enum {string} */
                state: "pending" | "verified" | "failed";
                /** @description Shown to operators */
                error: string | null;
            }[];
        };
        Lease: {
            id: string;
            node: string;
            /** @description null is the data centre */
            owner: string | null;
            /** @description The tenant */
            project: string;
            startsAt: string;
            endsAt: string;
            noticeSeconds: number;
            recalledAt: string | null;
            /** @enum {string} */
            state: "scheduled" | "active" | "ended";
            /** @description Why what is due has not happened yet */
            cause: string | null;
            endedAt: string | null;
        };
        Latency: {
            count: number;
            sumUs: number;
            /** @description Not cumulative; powers of two */
            buckets: {
                belowUs: number;
                count: number;
            }[];
        };
        TrafficFigures: {
            reads: number;
            writes: number;
            flushes: number;
            readBytes: number;
            writtenBytes: number;
            errors: number;
            /** @description Blocks of images that the shared cache had */
            cacheHits: number;
            cacheMisses: number;
            latency: {
                read: components["schemas"]["Latency"];
                write: components["schemas"]["Latency"];
                flush: components["schemas"]["Latency"];
            };
        };
        BootTraffic: {
            boot: string;
            node: string;
            project: string;
            volume: string;
            image: string;
            lease: string | null;
            begunAt: string;
            updatedAt: string;
            figures: components["schemas"]["TrafficFigures"];
            /** @description Cumulative; ms since the boot was asked for */
            points: {
                ms: number;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        Traffic: {
            /** @description The oldest first */
            boots: components["schemas"]["BootTraffic"][];
            total: components["schemas"]["TrafficFigures"];
            /** @description The sum of all, cumulative */
            points: {
                at: string;
                readBytes: number;
                writtenBytes: number;
            }[];
        };
        Image: {
            name: string;
            /** @description The owner; null is the operator */
            project: string | null;
            /** @enum {string} */
            kind: "image" | "snapshot";
            /** @enum {string} */
            state: "uploading" | "sealed";
            public: boolean;
            /** @description 0 until it is known */
            sizeBytes: number;
            sha256: string | null;
            parent: string | null;
            /** @description Projects that may boot it; told to its owner alone */
            sharedWith: string[];
            createdAt: string;
        };
        ScriptOutput: {
            /** @description The last 256 KiB of it */
            output: string;
            at: string;
        };
        BootReport: {
            /**
             * @description As far as a disk can tell: it was not booted
             * @enum {string}
             */
            boots: "yes" | "no" | "unknown";
            system?: string;
            findings: {
                what: string;
                /** @enum {string} */
                state: "ok" | "missing" | "unknown";
                found: string;
                todo?: string;
            }[];
        };
        Volume: {
            name: string;
            project: string;
            image: string;
            sizeBytes: number;
            /** @description What it takes by itself, beyond what it shares with its image */
            ownBytes: number;
            /** @description The node that runs from it now */
            node: string | null;
            createdAt: string;
        };
        Deleted: {
            id: string;
            /** @enum {string} */
            kind: "image" | "volume";
            name: string;
            project: string | null;
            deletedAt: string;
            /** @description It goes earlier where its space is needed */
            keptUntil: string;
        };
        Spare: {
            /** @description This node */
            node?: string;
            /** @description Or any whose label "class" says this */
            class?: string;
        };
        Boot: {
            id: string;
            node: string;
            project: string;
            image: string;
            volume: string;
            /**
             * @description diskless: the disk stays on the network; copy: the image is written to the local disk, which is booted then; ram: the image is held in memory
             * @enum {string}
             */
            mode: "diskless" | "copy" | "ram";
            /** @description The boot group that it was asked for with */
            group: string | null;
            /** @enum {string} */
            priority: "low" | "normal" | "high";
            /** @enum {string} */
            state: "booting" | "running" | "failed" | "ending" | "ended";
            operation: string;
            /** @description On the provisioning network; empty until another DHCP server has given one */
            address: string;
            hostname: string;
            /** @description Made before the boot; of an image that makes its own, as the node reported them */
            sshHostKeys: string[];
            timeline: {
                stage: string;
                at: string;
            }[];
            phases: {
                /** @enum {string} */
                phase: "queue" | "control" | "firmware" | "dhcp" | "ipxe" | "kernel" | "copy" | "reboot" | "disk-firmware" | "disk-kernel" | "userland";
                milliseconds: number;
            }[];
            error: {
                code: string;
                message: string;
                hint?: string;
            } | null;
            createdAt: string;
        };
        BootGroup: {
            id: string;
            project: string;
            image: string;
            /** @description How many nodes were asked for */
            count: number;
            /** @enum {string} */
            state: "booting" | "running" | "incomplete" | "ended";
            operation: string;
            tally: {
                waiting: number;
                booting: number;
                running: number;
                failed: number;
                ended: number;
            };
            members: {
                node: string;
                /** @description None where the node was passed over */
                boot: string | null;
                /** @enum {string} */
                state: "booting" | "running" | "failed" | "ending" | "ended" | "passed-over";
                /** @description The last that it reached */
                stage: string | null;
                address: string | null;
                error: {
                    code: string;
                    message: string;
                    hint?: string;
                } | null;
            }[];
            createdAt: string;
        };
        Admission: {
            /** @description So many nodes come up at the same time */
            bound: number;
            comingUp: number;
            waiting: number;
        };
        Auction: {
            number: number;
            committedAt: string;
            /** @description The commitment: published before the clearing */
            root: string;
            /** @description Of the transcript; null until it has cleared, and where it was dropped */
            hash: string | null;
            /** @description Of the transcript before */
            previous: string | null;
        };
        BatchName: {
            party: string;
            /** @description In the commitment and the transcript of this auction alone */
            name: string;
            /** @description What the party's name and those of its orders follow from; null where they are its own */
            key: string | null;
        };
        NodeClass: {
            id: string;
            attributes: {
                [key: string]: string | number | boolean;
            };
            /** @description Enrolled, of all owners; how many are offered nobody is told */
            nodes: number;
            /** @description Of a node and slot: the median of a day; null: none was let yet */
            index: string | null;
        };
        MarketNode: {
            id: string;
            owner: string;
            class: string;
        };
        MarketLease: {
            id: string;
            buyer: string;
            class: string;
            nodes: number;
            start: string;
            end: string;
            /** @description Per node and slot */
            price: string;
            /** @enum {string} */
            state: "reserved" | "active" | "ended";
            /** @description Micro-credits, as a string of decimal digits */
            held: string;
            claimed: boolean;
            why: string | null;
            parts: {
                id: string;
                ask: string;
                owner: string;
                nodes: number;
                start: string;
                end: string;
                /** @description Micro-credits, as a string of decimal digits */
                price: string;
                recalled: boolean;
                /** @description The nodes themselves, as long as the tenant has them */
                machines: string[];
                /** @description Nodes that are chosen, or on their way back, and why the tenant has them not */
                waiting: {
                    node: string;
                    why: string;
                }[];
            }[];
            /** @description A reservation that its tenant has not claimed by then is lost, and its deposit; null: none is due */
            claimBy: string | null;
        };
        Account: {
            party: string;
            /** @description Micro-credits, as a string of decimal digits */
            free: string;
            /** @description Micro-credits, as a string of decimal digits */
            escrow: string;
            /** @description Micro-credits, as a string of decimal digits */
            bond: string;
            strikes: number;
            since: string;
        };
        Funds: {
            /** @description What the market has earned and not given to the insurance */
            fee: string;
            /** @description What pays where an owner that failed cannot */
            insurance: string;
            /** @description What newcomers can still be helped with */
            subsidy: string;
            /** @description Subsidies of leases that have not run yet */
            promised: string;
        };
        LedgerEntry: {
            sequence: number;
            at: number;
            key: string;
            memo: string;
            hash: string;
            lines: {
                account: string;
                /** @description Micro-credits, as a string of decimal digits */
                amount: string;
            }[];
        };
        Price: {
            class: string;
            attributes: {
                [key: string]: string | number | boolean;
            };
            /** @description Of a node and slot: the median of a day */
            index: string | null;
            held: number;
            forward: {
                day: number;
                /** @description Micro-credits, as a string of decimal digits */
                price: string;
                volume: number;
            }[];
        };
        Ask: {
            id: string;
            owner: string;
            class: string;
            nodes: number;
            start: string;
            end: string;
            /** @description Micro-credits, as a string of decimal digits */
            reserve: string;
            noticeSlots: number | null;
            /** @description Micro-credits, as a string of decimal digits */
            bond: string;
            withdrawn: boolean;
            /** @description Nodes that nobody has let for any of its time that is left */
            idle: number;
            minLease: number;
            allow: string[] | null;
            maxPerBuyer: number | null;
            tier: number;
            placedAt: string;
            /** @description The lease whose nodes are sub-let */
            parent: string | null;
        };
        Bid: {
            id: string;
            buyer: string;
            classes: string[];
            nodes: number;
            slots: number;
            earliest: string;
            latest: string;
            /** @description Micro-credits, as a string of decimal digits */
            limit: string;
            /** @description Micro-credits, as a string of decimal digits */
            hold: string;
            expires: string;
            /** @description Won as a reservation, it must be claimed within so many slots of its start; null: it starts too soon */
            claimSlots: number | null;
            /** @description Clearings that it has waited for */
            waited: number;
            nonce: string;
            minNoticeSlots: number | null;
            sameOwner: boolean;
            tier: number;
            placedAt: string;
        };
        MarketRules: {
            /** @description Slots: how far ahead can be let */
            horizon: number;
            /** @description Millionths: the fee, of what an owner receives */
            feePpm: number;
            /** @description Millionths: of the fee, what the insurance fund gets */
            insurancePpm: number;
            /** @description Bids that a batch is cleared for the greatest surplus with */
            exactUpTo: number;
            /** @description And as long as the search takes no more steps */
            exactSteps: number;
            /** @description Slots: what starts within them is paid in full at once */
            spotSlots: number;
            deposit: {
                /** @description Millionths: of the price, what a reservation puts down at least */
                minPpm: number;
                /** @description Millionths: more for each day ahead */
                perDayPpm: number;
                /** @description Millionths: at most */
                maxPpm: number;
            };
            /** @description Slots: after them, a reservation that nobody claimed is a no-show */
            graceSlots: number;
            bond: {
                /** @description Millionths: what an owner stands in with, of its reserve */
                ppm: number;
                /** @description Slots: for at most so many */
                slots: number;
            };
            recall: {
                /** @description Millionths: what a recall costs, of the price of what is lost */
                ppm: number;
                /** @description Slots: for at most so many */
                slots: number;
            };
            failure: {
                /** @description Millionths: what a failure costs, of the price of what is lost */
                ppm: number;
                /** @description Slots: for at most so many */
                slots: number;
            };
            /** @description Slots in a row without its nodes after which an owner has failed */
            failAfterSlots: number;
            /** @description Millionths: what leaving early costs, of what is not used */
            earlyPpm: number;
            /** @description Millionths: how far above the median of a week a trade may lie */
            bandPpm: number;
            /** @description How often that doubles where trades are held */
            heldMax: number;
            /** @description Trades in a week without which nothing is held */
            bandTrades: number;
            /** @description Millionths: what a bid gains in rank by each batch that it waits */
            agingPpm: number;
            /** @description Milliseconds: how long a party is new */
            newcomerMs: number;
            /** @description Millionths: how much higher a new buyer ranks */
            newcomerPpm: number;
            /** @description Millionths: how much cheaper the asks of a new owner rank */
            subsidyPpm: number;
            /** @description Orders of a legal owner between two clearings */
            orderRate: number;
            /** @description Orders of a legal owner that are open */
            openMax: number;
            /** @description Milliseconds: how long a bid may wait */
            bidLifeMs: number;
            /** @description Micro-credits: open bids of a legal owner, at their limits */
            notionalMax: string;
            /** @description Millionths: of a class, what one legal owner may reserve */
            sharePpm: number;
            /** @description Millionths: of what is offered firm of a class, with more of which by one legal owner the operator is told */
            alarmPpm: number;
            rules: number;
            slotMs: number;
            inventory: boolean;
        };
        Commitment: {
            number: number;
            committedAt: string;
            /** @description The commitment: published before the clearing */
            root: string;
            /** @description Of the transcript; null until it has cleared, and where it was dropped */
            hash: string | null;
            /** @description Of the transcript before */
            previous: string | null;
            asks: string[];
            bids: string[];
        };
        MarketHealth: {
            halted: boolean;
            sequence: number;
            ledger: string;
            slotMs: number;
            slot: number;
            auctions: number;
            leases: number;
            undelivered: number;
            /** @description Classes of whose firm supply one legal owner has more than the rules would have it */
            concentrated: {
                class: string;
                ppm: number;
            }[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
